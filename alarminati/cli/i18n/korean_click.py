"""Korean for what click itself says: headings, hints, mistakes on the command line."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "Usage:": "사용법:",
    "Options": "옵션",
    "Commands": "명령",
    "Positional arguments": "인자",
    "required": "필수",
    "deprecated": "곧 없어짐",
    "(dynamic)": "(실행할 때 정해짐)",
    "default: {default}": "기본값: {default}",
    "env var: {var}": "환경 변수: {var}",
    "Show this message and exit.": "이 도움말을 보여 줍니다.",
    "Show the version and exit.": "버전을 보여 줍니다.",
    "Error: {message}": "오류: {message}",
    "Try '{command} {option}' for help.": "도움말: '{command} {option}'",
    "Aborted!": "중단되었습니다.",
    "Missing command.": "명령이 없습니다.",
    "Missing argument": "필수 인자가 없습니다:",
    "Missing option": "필수 옵션이 없습니다:",
    "Missing parameter": "필수 값이 없습니다:",
    "Missing {param_type}": "필수 값이 없습니다({param_type}):",
    "Missing parameter: {param_name}": "필수 값이 없습니다: {param_name}",
    "No such option {name!r}.": "{name!r} 옵션은 없습니다.",
    "No such command {name!r}.": "{name!r} 명령은 없습니다.",
    "Did you mean {possibility}?": "혹시 {possibility} 아닌가요?",
    "(Did you mean one of: {possibilities}?)": "(혹시 다음 중 하나 아닌가요? {possibilities})",
    "Invalid value: {message}": "값이 올바르지 않습니다: {message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 값이 올바르지 않습니다: {message}",
    "Value must be an iterable.": "값을 여러 개 주어야 합니다.",
    "Got unexpected extra argument ({args})": "필요 없는 인자가 있습니다 ({args})",
    "Got unexpected extra arguments ({args})": "필요 없는 인자가 있습니다 ({args})",
    "Takes {nargs} values but 1 was given.": "값이 {nargs}개 필요한데 1개를 주었습니다.",
    "Takes {nargs} values but {len} were given.": "값이 {nargs}개 필요한데 {len}개를 주었습니다.",
    "{len_type} values are required, but {len_value} was given.": (
        "값이 {len_type}개 필요한데 {len_value}개를 주었습니다."
    ),
    "{len_type} values are required, but {len_value} were given.": (
        "값이 {len_type}개 필요한데 {len_value}개를 주었습니다."
    ),
    "Option {name!r} does not take a value.": "{name!r} 옵션은 값을 받지 않습니다.",
    "Option {name!r} requires an argument.": "{name!r} 옵션에는 값이 필요합니다.",
    "Option {name!r} requires {nargs} arguments.": "{name!r} 옵션에는 값 {nargs}개가 필요합니다.",
    "Argument {name!r} takes {nargs} values.": "{name!r} 인자에는 값 {nargs}개가 필요합니다.",
    "Choose from:\n\t{choices}": "다음 중에서 고르세요:\n\t{choices}",
    "{value!r} is not {choice}.": "{value!r} 대신 {choice} 값을 쓰세요.",
    "{value!r} is not one of {choices}.": "{value!r} 대신 다음 중 하나를 쓰세요: {choices}.",
    "{value!r} is not a valid {number_type}.": "{value!r} 값은 올바른 숫자가 아닙니다.",
    "{value} is not in the range {range}.": "{value} 값은 허용 범위({range})를 벗어났습니다.",
    "{value!r} is not a valid boolean. Recognized values: {states}": (
        "{value!r} 대신 다음 중 하나를 쓰세요: {states}"
    ),
    "{value!r} is not a valid UUID.": "{value!r} 값은 UUID가 아닙니다.",
    "{value!r} does not match the format {format}.": "{value!r} 값은 {format} 형식이 아닙니다.",
    "{value!r} does not match the formats {formats}.": (
        "{value!r} 값은 다음 형식이 아닙니다: {formats}."
    ),
    "{name} {filename!r} does not exist.": "{filename!r} 파일이나 폴더가 없습니다.",
    "{name} {filename!r} is a file.": "{filename!r} 경로는 파일입니다.",
    "{name} {filename!r} is a directory.": "{filename!r} 경로는 폴더입니다.",
    "{name} {filename!r} is not readable.": "{filename!r} 파일이나 폴더를 읽을 수 없습니다.",
    "{name} {filename!r} is not writable.": "{filename!r} 파일이나 폴더에 쓸 수 없습니다.",
    "{name} {filename!r} is not executable.": "{filename!r} 파일을 실행할 수 없습니다.",
    "Could not open file {filename!r}: {message}": "{filename!r} 파일을 열 수 없습니다: {message}",
    "unknown error": "알 수 없는 오류",
    "Repeat for confirmation": "확인을 위해 한 번 더 입력하세요",
    "Do you want to continue?": "계속할까요?",
    "Confirm the action without prompting.": "묻지 않고 진행합니다.",
    "Press any key to continue...": "아무 키나 누르면 계속합니다...",
    "Error: invalid input": "오류: 올바르지 않은 입력입니다",
    "Error: The two entered values do not match.": "오류: 입력한 두 값이 다릅니다.",
}

VARIABLE = ("(env var: ", "(환경 변수: ")
"""Words that click writes without asking a catalogue, and what stands for them."""
