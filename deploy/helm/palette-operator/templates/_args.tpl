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
- --local-endpoint-cidr={{ . }}
{{- end }}
{{- range .Values.serviceCidrs }}
- --service-cidr={{ . }}
{{- end }}
- --metrics-port=8080
- --probe-port=8081
- --log-format={{ .Values.logFormat }}
- --log-level={{ .Values.logLevel }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}
