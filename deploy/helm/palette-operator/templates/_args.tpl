{{/* What `palette-operator run` is told. */}}
{{- define "palette-operator.args" -}}
- run
- --operator-id={{ required "operatorId is required: choose one for this management cluster, such as emea-retail, and keep it for good" .Values.operatorId }}
- --namespace={{ .Release.Namespace }}
- --lease-duration-seconds={{ .Values.leaseDurationSeconds }}
{{- if .Values.takeover }}
- --takeover
{{- end }}
{{- range .Values.localEndpointCidrs }}
- --local-endpoint-cidr={{ include "palette-operator.network" (list "localEndpointCidrs" .) }}
{{- end }}
{{- range .Values.serviceCidrs }}
- --service-cidr={{ include "palette-operator.network" (list "serviceCidrs" .) }}
{{- end }}
- --metrics-port=8080
- --probe-port=8081
- --log-format={{ .Values.logFormat }}
- --log-level={{ .Values.logLevel }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{/*
The network, of whose form the schema is the judge; given (list VALUE NETWORK). Fails for an IPv4 address within one, such as
10.0.0.1/8: `run` refuses it, in pods that start again and again. Of IPv6 only `run` can tell.
*/}}
{{- define "palette-operator.network" -}}
{{- $network := last . }}
{{- if contains "." $network }}
{{- $parts := splitList "/" $network }}
{{- $address := 0 }}
{{- range splitList "." (first $parts) }}
{{- $address = add (mul $address 256) (int .) }}
{{- end }}
{{- $size := 1 }}
{{- range until (sub 32 (int (last $parts)) | int) }}
{{- $size = mul $size 2 }}
{{- end }}
{{- if mod $address $size }}
{{- fail (printf "%s: %s is an address within a network; write the network itself, such as 10.0.0.0/8 for 10.0.0.1/8" (first .) $network) }}
{{- end }}
{{- end }}
{{- $network }}
{{- end }}
