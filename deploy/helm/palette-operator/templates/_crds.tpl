{{- define "palette-operator.crdsName" -}}
{{- printf "%s-crds" (include "palette-operator.fullname" . | trunc 58 | trimSuffix "-") }}
{{- end }}

{{/* Annotations of a hook that runs before an install or an upgrade and leaves nothing behind; given its weight. */}}
{{- define "palette-operator.crdsHook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
