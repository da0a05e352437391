{{/* The operator's pod, without its metadata. */}}
{{- define "palette-operator.podSpec" -}}
serviceAccountName: {{ include "palette-operator.serviceAccountName" . }}
# It talks to the API server: this is the one pod that gets the token.
automountServiceAccountToken: true
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
# Told to end, the operator finishes what it is at, within 20 s; it is killed after these.
terminationGracePeriodSeconds: 30
containers:
  - name: operator
    image: {{ include "palette-operator.image" . | quote }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    args:
      {{- include "palette-operator.args" . | nindent 6 }}
    env:
      - name: POD_NAME
        valueFrom:
          fieldRef:
            fieldPath: metadata.name
      - name: POD_NAMESPACE
        valueFrom:
          fieldRef:
            fieldPath: metadata.namespace
      {{- with .Values.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    ports:
      - name: metrics
        containerPort: 8080
      - name: probes
        containerPort: 8081
    livenessProbe:
      httpGet:
        path: /healthz
        port: probes
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    {{- with .Values.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    securityContext:
      allowPrivilegeEscalation: false
      capabilities:
        drop: [ALL]
      readOnlyRootFilesystem: true
    volumeMounts:
      - name: tmp
        mountPath: /tmp
      {{- with .Values.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* What `palette-operator run` is told. */}}
{{- define "palette-operator.args" -}}
- run
- --operator-id={{ required "operatorId is required: choose one for this management cluster, such as emea-retail, and keep it for good" .Values.operatorId }}
- --namespace={{ .Release.Namespace }}
{{- range .Values.watchNamespaces }}
- --watch-namespace={{ . }}
{{- end }}
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
