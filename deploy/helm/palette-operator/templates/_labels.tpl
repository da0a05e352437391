{{/*
Maps as one, in YAML; given (list MAP...), of which a later one wins. Never write two after each other: a key that is in
both would be there twice, which is no YAML.
*/}}
{{- define "palette-operator.merged" -}}
{{- $merged := dict }}
{{- range . }}
{{- range $key, $value := . }}
{{- $_ := set $merged $key $value }}
{{- end }}
{{- end }}
{{- toYaml $merged }}
{{- end }}

{{/*
The labels by which the pods of a component are found; given (list CONTEXT COMPONENT). A component is `operator`, or `crds`:
the pod of the Job, which no Service and no PodDisruptionBudget of the operator must select.
Never changed once released: a Deployment's selector is immutable.
*/}}
{{- define "palette-operator.selectorLabels" -}}
{{- $context := first . -}}
app.kubernetes.io/name: {{ include "palette-operator.name" $context | quote }}
app.kubernetes.io/instance: {{ $context.Release.Name | quote }}
app.kubernetes.io/component: {{ last . }}
{{- end }}

{{/* The labels of a pod; given (list CONTEXT COMPONENT LABELS). The selector's win, so that it is found whatever is set. */}}
{{- define "palette-operator.podLabels" -}}
{{- $context := first . }}
{{- $selector := include "palette-operator.selectorLabels" (list $context (index . 1)) | fromYaml }}
{{- include "palette-operator.merged" (list $context.Values.commonLabels (last .) $selector) }}
{{- end }}

{{/* The labels of any other object; given (list CONTEXT COMPONENT), and LABELS of that object where values have some. */}}
{{- define "palette-operator.labels" -}}
{{- $context := first . }}
{{- $own := dict }}
{{- if gt (len .) 2 }}
{{- $own = last . }}
{{- end }}
{{- $recommended := dict
  "app.kubernetes.io/version" $context.Chart.AppVersion
  "app.kubernetes.io/part-of" "palette-operator"
  "app.kubernetes.io/managed-by" $context.Release.Service
  "helm.sh/chart" (printf "%s-%s" $context.Chart.Name $context.Chart.Version | replace "+" "_")
}}
{{- $selector := include "palette-operator.selectorLabels" (list $context (index . 1)) | fromYaml }}
{{- include "palette-operator.merged" (list $recommended $context.Values.commonLabels $own $selector) }}
{{- end }}
