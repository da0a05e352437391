{{/* What the operator's pod and the Job's have in common. */}}

{{- define "palette-operator.image" -}}
{{- with .Values.image }}
{{- $repository := required "image.repository is required: nothing is published yet, so build the image (docs/how-to/build-image.md), push it to a registry of yours, and name it, such as registry.example.com/palette-operator" .repository }}
{{- if .digest }}
{{- printf "%s@%s" $repository .digest }}
{{- else }}
{{- printf "%s:%s" $repository (default $.Chart.AppVersion .tag) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "palette-operator.podSpec" -}}
# It talks to the API server; the ServiceAccount itself hands its token to no pod that does not say so.
automountServiceAccountToken: true
enableServiceLinks: false
{{- $fields := dict
  "affinity" .Values.affinity
  "dnsConfig" .Values.dnsConfig
  "hostAliases" .Values.hostAliases
  "imagePullSecrets" .Values.imagePullSecrets
  "nodeSelector" .Values.nodeSelector
  "securityContext" .Values.podSecurityContext
  "tolerations" .Values.tolerations
}}
{{- range $field, $value := $fields }}
{{- with $value }}
{{ $field }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}
