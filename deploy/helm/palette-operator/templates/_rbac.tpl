{{- define "palette-operator.subject" -}}
- kind: ServiceAccount
  name: {{ include "palette-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/* The rules of one place that these values call for; given (list CONTEXT RULES-BY-NEED). */}}
{{- define "palette-operator.rules" -}}
{{- $values := (index . 0).Values }}
{{- $rights := index . 1 }}
{{- $rules := $rights.always }}
{{- if $values.localEndpointCidrs }}
{{- $rules = concat $rules (default list $rights.localHosts) }}
{{- end }}
{{- if $values.rbac.kubeconfigSecrets }}
{{- $rules = concat $rules (default list $rights.kubeconfigSecrets) }}
{{- end }}
{{- toYaml $rules }}
{{- end }}

{{/* A Role and its binding; given (list CONTEXT NAME NAMESPACE RULES-BY-NEED). */}}
{{- define "palette-operator.role" -}}
{{- $context := index . 0 }}
{{- $name := index . 1 }}
{{- $namespace := index . 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}
  namespace: {{ $namespace }}
  labels:
    {{- include "palette-operator.labels" (list $context "operator") | nindent 4 }}
rules:
  {{- include "palette-operator.rules" (list $context (index . 3)) | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}
  namespace: {{ $namespace }}
  labels:
    {{- include "palette-operator.labels" (list $context "operator") | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}
subjects:
  {{- include "palette-operator.subject" $context | nindent 2 }}
{{- end }}
