{{/*
Values that a release lacks get the chart's defaults: after `helm upgrade --reuse-values` a release
has the values of the chart it was installed from, without the keys that came since. Maps in which
a missing key means something are filled as a whole or not at all.
*/}}
{{- define "agent.fill" -}}
{{- include "agent.fillMap" (dict "into" .Values "from" (.Files.Get "defaults.json" | fromJson) "path" "") -}}
{{- end -}}

{{- define "agent.fillMap" -}}
{{- $whole := list ".podSecurityContext" ".resources" ".relay.resources" ".resolveTimeouts" ".dashboard.labels" -}}
{{- range $key, $default := .from -}}
{{- $path := printf "%s.%s" $.path $key -}}
{{- if or (not (hasKey $.into $key)) (kindIs "invalid" (get $.into $key)) -}}
{{- $_ := set $.into $key $default -}}
{{- else if and (kindIs "map" $default) (not (has $path $whole)) -}}
{{- include "agent.fillMap" (dict "into" (get $.into $key) "from" $default "path" $path) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "agent.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Room is left for "-headless" and a StatefulSet's own suffixes: 63 characters in all. */}}
{{- define "agent.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "agent.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "agent.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "agent.headless" -}}{{ include "agent.fullname" . }}-headless{{- end -}}

{{- define "agent.selector" -}}
app.kubernetes.io/name: {{ include "agent.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "agent.labels" -}}
{{ include "agent.selector" . }}
{{- range $key, $value := .Values.commonLabels }}
{{ $key }}: {{ $value | quote }}
{{- end }}
app.kubernetes.io/part-of: alarminati
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "agent.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "agent.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* A mirror takes the place of the registry, which is the part before the first slash. */}}
{{- define "agent.image" -}}
{{- $repository := .Values.image.repository -}}
{{- with (.Values.global | default dict).imageRegistry -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) (regexReplaceAll "^[^/]*[.:][^/]*/" $repository "") -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag | toString) -}}
{{- end -}}
{{- end -}}

{{/* Secrets to pull with, as a JSON list: the chart's and those of all charts, which may be names. */}}
{{- define "agent.pullSecrets" -}}
{{- $all := .Values.imagePullSecrets | default list -}}
{{- range (.Values.global | default dict).imagePullSecrets -}}
{{- $one := ternary . (dict "name" .) (kindIs "map" .) -}}
{{- if not (has $one $all) -}}{{- $all = append $all $one -}}{{- end -}}
{{- end -}}
{{- with $all -}}{{ toRawJson . }}{{- end -}}
{{- end -}}

{{/* Ports of channels that speak no HTTPS to port 443: mail servers, and addresses that name a port. */}}
{{- define "agent.channelPorts" -}}
{{- $ports := list -}}
{{- range include "agent.channels" . | fromJsonArray -}}
{{- if eq .type "mail" -}}
{{- $ports = append $ports (int (default 587 .port)) -}}
{{- else if kindIs "string" (get . "url") -}}
{{- $port := regexFind ":[0-9]+$" (urlParse .url).host | trimPrefix ":" -}}
{{- $plain := ternary 80 443 (hasPrefix "http:" .url) -}}
{{- if not (hasPrefix "file:" .url | or (hasPrefix "env:" .url)) -}}
{{- $ports = append $ports (default $plain (int $port)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}

{{- define "agent.tlsSecret" -}}
{{- if eq .Values.certificates.mode "existingSecret" -}}
{{- required "certificates.existingSecret: name the Secret with ca.crt, tls.crt and tls.key" .Values.certificates.existingSecret -}}
{{- else -}}
{{- include "agent.fullname" . }}-tls
{{- end -}}
{{- end -}}

{{/* Secret of the key that the agents share; empty: they have none. */}}
{{- define "agent.keySecret" -}}
{{- if .Values.clusterKey.existingSecret -}}
{{- .Values.clusterKey.existingSecret -}}
{{- else if eq .Values.certificates.mode "job" -}}
{{- include "agent.fullname" . }}-cluster-key
{{- end -}}
{{- end -}}

{{- define "agent.caSecret" -}}{{ include "agent.fullname" . }}-ca{{- end -}}

{{/* Secret with the authority's key for the agents to sign with; empty: they do not. */}}
{{- define "agent.authorityKeySecret" -}}
{{- if .Values.authorityKey.enabled -}}
{{- if .Values.authorityKey.existingSecret -}}
{{- .Values.authorityKey.existingSecret -}}
{{- else if eq .Values.certificates.mode "job" -}}
{{- include "agent.caSecret" . -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Host names in the agents' certificate, one a line. */}}
{{- define "agent.hosts" -}}
{{ include "agent.fullname" . }}
{{ include "agent.fullname" . }}.{{ .Release.Namespace }}
{{ include "agent.fullname" . }}.{{ .Release.Namespace }}.svc
localhost
{{- range .Values.certificates.hosts }}
{{ . }}
{{- end }}
{{- end -}}

{{/*
A value as JSON, never by toYaml: Helm reads numbers of a values file as float64, and YAML would show
a chat id as -1.00123456789e+12. JSON writes whole numbers in full.
*/}}
{{- define "agent.exact" -}}{{ toRawJson . }}{{- end -}}

{{/* A text, also where people gave digits. */}}
{{- define "agent.text" -}}
{{- if kindIs "float64" . -}}{{ int64 . | toString | quote }}{{- else -}}{{ toString . | quote }}{{- end -}}
{{- end -}}

{{/* All channels as a JSON list; texts from Secrets stay {existingSecret, key}. */}}
{{- define "agent.channels" -}}
{{- $channels := list -}}
{{- with .Values.slack -}}
{{- $url := "" -}}
{{- if .existingSecret -}}
{{- $url = dict "existingSecret" .existingSecret "key" .existingSecretKey -}}
{{- else if .webhookUrl -}}
{{- $url = .webhookUrl -}}
{{- end -}}
{{- if $url -}}
{{- $channels = append $channels (dict "name" "slack" "type" "slack" "url" $url "language" .language) -}}
{{- end -}}
{{- end -}}
{{- include "agent.exact" (concat $channels .Values.channels) -}}
{{- end -}}

{{/* One value of a channel for agent.yaml; `in` is its channel's name. */}}
{{- define "agent.setting" -}}
{{- if not (kindIs "map" .value) -}}
{{- include "agent.exact" .value -}}
{{- else if hasKey .value "existingSecret" -}}
{{- printf "file:/etc/alarminati/secrets/%s/%s/%s" .in .value.existingSecret .value.key | toRawJson -}}
{{- else -}}
{{- $in := .in -}}{{- $map := .value -}}
{ {{- range $i, $key := keys $map | sortAlpha -}}
{{- if $i }}, {{ end -}}{{ toRawJson $key }}: {{ include "agent.setting" (dict "in" $in "value" (get $map $key)) }}
{{- end -}} }
{{- end -}}
{{- end -}}

{{/* What of a channel comes from Secrets, as sources of a projected volume. */}}
{{- define "agent.sources" -}}
{{- $in := .in -}}
{{- range $key := keys .value | sortAlpha -}}
{{- $value := get $.value $key -}}
{{- if kindIs "map" $value -}}
{{- if hasKey $value "existingSecret" }}
- secret:
    name: {{ $value.existingSecret }}
    items:
      - {key: {{ $value.key | quote }}, path: {{ printf "secrets/%s/%s/%s" $in $value.existingSecret $value.key | quote }}}
{{- else -}}
{{ include "agent.sources" (dict "in" $in "value" $value) }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "agent.config" -}}
{{- $any := ternary "[::]" "0.0.0.0" (eq .Values.ipFamily "IPv6") -}}
project: {{ include "agent.text" .Values.projectName }}
cluster: {{ include "agent.text" .Values.clusterName }}
data: /var/lib/alarminati
listen: {grpc: "{{ $any }}:7443", http: "{{ $any }}:8080", health: "{{ $any }}:8081"}
discovery: {mode: dns, service: "{{ include "agent.headless" . }}:7443"}
{{- if include "agent.authorityKeySecret" . }}
tls: {folder: /etc/alarminati/tls, ca_key: /etc/alarminati/ca/ca.key}
{{- else }}
tls: /etc/alarminati/tls
{{- end }}
{{- $channels := include "agent.channels" . | fromJsonArray }}
{{- if $channels }}
channels:
{{- range $channels }}
  - {{ include "agent.setting" (dict "in" .name "value" .) }}
{{- end }}
{{- end }}
{{- with .Values.route }}
route: {{ include "agent.exact" . }}
{{- end }}
{{- with .Values.timeIntervals }}
time_intervals: {{ include "agent.exact" . }}
{{- end }}
{{- with .Values.inhibitRules }}
inhibit_rules: {{ include "agent.exact" . }}
{{- end }}
{{- with .Values.flapping }}
flapping: {{ include "agent.exact" . }}
{{- end }}
resolve_timeouts: {{ include "agent.exact" (.Values.resolveTimeouts | default dict) }}
{{- with .Values.checks }}
checks:
{{- range . }}
  - {{ include "agent.setting" (dict "in" (printf "check+%s" .name) "value" .) }}
{{- end }}
{{- end }}
{{- with .Values.heartbeats }}
heartbeats:
{{- range . }}
  - {{ include "agent.setting" (dict "in" (printf "heartbeat+%s" .name) "value" .) }}
{{- end }}
{{- end }}
http: {anonymous: {{ .Values.http.anonymous | default (ternary "none" "any" (not (empty .Values.sources))) | quote }}}
{{- with .Values.sources }}
sources:
{{- range . }}
  - {{ include "agent.setting" (dict "in" (printf "source+%s" .name) "value" .) }}
{{- end }}
{{- end }}
{{- with .Values.severityWords }}
severity_words: {{ include "agent.exact" . }}
{{- end }}
{{- with .Values.copies }}
copies:
{{- range . }}
  - {{ include "agent.setting" (dict "in" (printf "copy+%s" .name) "value" .) }}
{{- end }}
{{- end }}
{{- with .Values.queues }}
queues:
{{- range . }}
  - {{ include "agent.setting" (dict "in" (printf "queue+%s" .name) "value" .) }}
{{- end }}
{{- end }}
keepalive_interval: {{ include "agent.text" .Values.keepaliveInterval }}
{{- with .Values.seed }}
seed: {{ include "agent.text" . }}
{{- end }}
retention: {{ include "agent.exact" .Values.retention }}
{{- with .Values.limits }}
limits: {{ include "agent.exact" . }}
{{- end }}
log: {{ include "agent.exact" .Values.log }}
{{ end -}}

{{/* What of it agents cannot follow while they run: a change of that replaces them. */}}
{{- define "agent.fixedConfig" -}}
{{- omit (include "agent.config" . | fromYaml) "channels" "route" "time_intervals" "inhibit_rules" "flapping" "resolve_timeouts" "checks" "heartbeats" "http" "sources" "severity_words" "queues" "retention" | toYaml -}}
{{- end -}}

{{- define "agent.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}
