{{- define "relay.fullname" -}}{{ include "agent.fullname" . }}-relay{{- end -}}

{{- define "relay.plain" -}}
{{- if or .Values.relay.plainHttp .Values.relay.ingress.enabled -}}plain{{- end -}}
{{- end -}}

{{/* Refuses what would only show when the pod starts. */}}
{{- define "relay.check" -}}
{{- $_ := required "relay.tlsSecret: name the Secret with tls.crt and tls.key that agents are to see" .Values.relay.tlsSecret -}}
{{- if not .Values.relay.clusters -}}{{- fail "relay.clusters: name at least one cluster whose agents pull here" -}}{{- end -}}
{{- $ports := list -}}
{{- range .Values.relay.clusters -}}
{{- $port := int (default 7447 .port) -}}
{{- if has $port $ports -}}{{- fail (printf "relay.clusters: two of them have port %d; every cluster has its own" $port) -}}{{- end -}}
{{- $ports = append $ports $port -}}
{{- end -}}
{{- end -}}

{{- define "relay.config" -}}
{{- $any := ternary "[::]" "0.0.0.0" (eq .Values.ipFamily "IPv6") -}}
name: {{ include "agent.text" .Values.relay.name }}
data: /var/lib/alarminati-relay
room: {{ include "agent.text" .Values.relay.room }}
body_size: {{ include "agent.text" .Values.relay.bodySize }}
{{- if include "relay.plain" . }}
http: {listen: "{{ $any }}:8080"}
{{- else }}
http: {listen: "{{ $any }}:8080", cert: tls/tls.crt, key: tls/tls.key}
{{- end }}
pull: {cert: tls/tls.crt, key: tls/tls.key}
clusters:
{{- range $i, $cluster := .Values.relay.clusters }}
  - name: {{ include "agent.text" .name }}
    listen: "{{ $any }}:{{ int (default 7447 .port) }}"
    ca: clusters/{{ $i }}/ca.crt
    sources:
    {{- range .sources }}
      - {{ include "agent.setting" (dict "in" (printf "%v+%s" $cluster.name .name) "value" .) }}
    {{- end }}
{{- end }}
{{ end -}}

{{/* Type and balancer of a Service; the value is its part of the values. */}}
{{- define "relay.service" -}}
type: {{ .type }}
{{- with .loadBalancerClass }}
loadBalancerClass: {{ include "agent.text" . }}
{{- end }}
{{- with .loadBalancerSourceRanges }}
loadBalancerSourceRanges: {{ include "agent.exact" . }}
{{- end }}
{{- end -}}

{{- define "relay.labels" -}}
{{ include "agent.labels" . }}
app.kubernetes.io/component: relay
{{- end -}}

{{- define "relay.selector" -}}
{{ include "agent.selector" . }}
app.kubernetes.io/component: relay
{{- end -}}
