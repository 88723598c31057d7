// Command alertmanager_keys prints every key that a configuration of Alertmanager may have.
//
// Run it in a module of its own, and put the result into tests/config/alertmanager_keys.txt:
//
//	mkdir keys && cp scripts/alertmanager_keys.go keys/main.go && cd keys
//	go mod init keys && go get github.com/prometheus/alertmanager@latest && go mod tidy && go run .
package main

import (
	"encoding"
	"fmt"
	"reflect"
	"runtime/debug"
	"sort"
	"strings"

	"github.com/prometheus/alertmanager/config"
)

var found = map[string]string{}

// Types that write themselves as text, or as something their struct does not show.
var special = map[string]string{
	"timeinterval.TimeRange":       "times",
	"timeinterval.WeekdayRange":    "text",
	"timeinterval.DayOfMonthRange": "text",
	"timeinterval.MonthRange":      "text",
	"timeinterval.YearRange":       "text",
	"timeinterval.Location":        "text",
	"common.URL":                   "text",
	"common.SecretURL":             "text",
	"common.HostPort":              "text",
	"config.URL":                   "text",
	"common.MatchRegexps":          "map",
	"common.Matchers":              "matchers",
	"labels.Matchers":              "matchers",
}

func name(kind reflect.Type) string {
	parts := strings.Split(kind.PkgPath(), "/")
	return parts[len(parts)-1] + "." + kind.Name()
}

func walk(path string, kind reflect.Type, above []reflect.Type) {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if as, known := special[name(kind)]; known {
		if as == "times" {
			found[path+".start_time"], found[path+".end_time"] = "text", "text"
			return
		}
		found[path] = as
		return
	}
	textual := reflect.PointerTo(kind).Implements(reflect.TypeOf((*encoding.TextUnmarshaler)(nil)).Elem())
	switch kind.Kind() {
	case reflect.Struct:
		if textual {
			found[path] = "text"
			return
		}
		for _, each := range above {
			if each == kind {
				return
			}
		}
		for index := range kind.NumField() {
			field := kind.Field(index)
			tag := strings.Split(field.Tag.Get("yaml"), ",")
			if !field.IsExported() || tag[0] == "-" {
				continue
			}
			inside := path
			if inline := len(tag) > 1 && tag[1] == "inline"; !inline {
				if tag[0] == "" {
					tag[0] = strings.ToLower(field.Name)
				}
				inside = strings.TrimPrefix(path+"."+tag[0], ".")
			}
			walk(inside, field.Type, append(above, kind))
		}
	case reflect.Slice:
		if kind.Elem().Kind() == reflect.Uint8 {
			found[path] = "text"
			return
		}
		walk(path+"[]", kind.Elem(), above)
	case reflect.Map:
		found[path] = "map"
	case reflect.Bool:
		found[path] = "bool"
	case reflect.String:
		found[path] = "text"
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Float64, reflect.Uint32, reflect.Int32:
		found[path] = "number"
		if strings.HasSuffix(kind.Name(), "Duration") {
			found[path] = "duration"
		}
	default:
		found[path] = kind.String()
	}
}

func main() {
	walk("", reflect.TypeOf(config.Config{}), nil)
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/prometheus/alertmanager" {
			fmt.Println("# Keys of the configuration of Alertmanager", module.Version, "(scripts/alertmanager_keys.go)")
		}
	}
	var paths []string
	for path := range found {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		fmt.Println(path, found[path])
	}
}
