{{/* The name of the chart, or what nameOverride says. */}}
{{- define "palette-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of everything in the release: the release's name, which need not repeat the chart's. */}}
{{- define "palette-operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "palette-operator.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "palette-operator.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* The name of the Service, which is at most 63 characters long. Prometheus names the job after it. */}}
{{- define "palette-operator.metricsName" -}}
{{- printf "%s-metrics" (include "palette-operator.fullname" . | trunc 55 | trimSuffix "-") }}
{{- end }}

{{/* What is in no namespace carries the release's namespace in its name: a release in another must not meet it. */}}
{{- define "palette-operator.clusterName" -}}
{{- $name := include "palette-operator.fullname" . }}
{{- ternary $name (printf "%s-%s" $name .Release.Namespace | trimSuffix "-") (eq .Release.Namespace "palette-system") }}
{{- end }}

{{- define "palette-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "palette-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name is required when serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}
