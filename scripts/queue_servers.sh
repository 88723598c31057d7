#!/bin/sh
# Gets Kafka and RabbitMQ into .tools for `make queues`: some 130 MB that `make test` does not need.
# What cannot be had is named, and its tests then say so themselves.
set -eu
cd "$(dirname "$0")/.."
KAFKA=4.1.0
tools=$PWD/.tools
mkdir -p "$tools/bin"
missing=

have() { command -v "$1" >/dev/null 2>&1; }
root() { [ "$(id -u)" = 0 ]; }
apt_get() { apt-get -qq -o DPkg::Lock::Timeout=120 "$@" >/dev/null 2>&1; }

# Unpacked, not installed: the package would start a daemon, and a mapper of ports that stays.
rabbitmq() {
    have apt-get && have dpkg || return
    rm -rf "$tools/rabbitmq" && mkdir "$tools/rabbitmq"
    (
        cd "$tools/rabbitmq"
        packages="rabbitmq-server"
        for part in base asn1 crypto public-key mnesia runtime-tools ssl os-mon inets eldap syntax-tools tools xmerl; do
            packages="$packages erlang-$part"
        done
        # shellcheck disable=SC2086 # one word a package
        apt_get download $packages || { root && apt_get update && apt_get download $packages; } || exit 1
        for package in ./*.deb; do dpkg -x "$package" . || exit 1; done
        rm ./*.deb
        # Debian's own knows one place only.
        rm usr/lib/erlang/bin/erl
        cat >usr/lib/erlang/bin/erl <<'ERL'
#!/bin/sh
ROOTDIR=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
BINDIR=$(echo "$ROOTDIR"/erts-*/bin) EMU=beam PROGNAME=erl
export ROOTDIR BINDIR EMU PROGNAME
exec "$BINDIR/erlexec" ${1+"$@"}
ERL
        chmod +x usr/lib/erlang/bin/erl
    ) || return
    cat >"$tools/bin/rabbitmq-server" <<'SERVER'
#!/bin/sh
lib=$(cd "$(dirname "$(readlink -f "$0")")/../rabbitmq/usr/lib" && pwd)
PATH=$lib/erlang/bin:$PATH
export PATH
exec sh "$lib"/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server "$@"
SERVER
    cat >"$tools/bin/epmd" <<'EPMD'
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")"/../rabbitmq/usr/lib/erlang/erts-*/bin/epmd "$@"
EPMD
    chmod +x "$tools/bin/rabbitmq-server" "$tools/bin/epmd"
}

java_from_debian() {
    have java && return
    have apt-get && root || return
    apt_get install --yes --no-install-recommends openjdk-17-jre-headless && return
    apt_get update && apt_get install --yes --no-install-recommends openjdk-17-jre-headless
}

maven_from_debian() {
    have mvn && return
    have apt-get && root && apt_get install --yes --no-install-recommends maven
}

kafka() {
    java_from_debian && maven_from_debian || return
    rm -rf "$tools/kafka" && mkdir "$tools/kafka"
    cat >"$tools/kafka/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>alarminati</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$KAFKA</version>
    </dependency>
  </dependencies>
</project>
POM
    mvn --quiet --batch-mode --file "$tools/kafka/pom.xml" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$tools/kafka/jars" >"$tools/maven.log" 2>&1 || return
    cat >"$tools/bin/kafka" <<'KAFKA'
#!/bin/sh
# kafka CLASS ARGUMENT...
jars=$(cd "$(dirname "$(readlink -f "$0")")/../kafka/jars" && pwd)
exec java -Xmx256m -XX:TieredStopAtLevel=1 -cp "$jars/*" "$@"
KAFKA
    chmod +x "$tools/bin/kafka"
}

want() {
    [ -x "$tools/bin/$1" ] && return
    echo "getting $1"
    "$2" || missing="$missing $1"
}

want rabbitmq-server rabbitmq
want kafka kafka
[ -z "$missing" ] || echo "NOT HERE:$missing. Tests that need them will be skipped." >&2
