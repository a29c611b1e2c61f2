{{/* The parts of the pod: flags, mounts and volumes stand together by what they are for. */}}

{{- define "dayfly.join" -}}
{{- $path := trimAll "/" .path -}}
{{- if $path -}}{{- printf "%s/%s" .base $path -}}{{- else -}}{{- .base -}}{{- end -}}
{{- end -}}

{{/* The flags of `dayfly controller`, one a line. */}}
{{- define "dayfly.args" -}}
{{- $sources := .Values.sources -}}
- controller
- --listen=0.0.0.0:8080
- --log-level={{ .Values.logging.level }}
- --log-format={{ .Values.logging.format }}
- --org={{ .Values.fly.organization }}
- --owner={{ .Values.fly.owner }}
- --fly-token-file=/etc/dayfly/fly/token
{{- with .Values.fly.machinesUrl }}
- --fly-machines-url={{ . }}
{{- end }}
{{- with .Values.fly.graphqlUrl }}
- --fly-graphql-url={{ . }}
{{- end }}
{{- if .Values.fly.caBundle.configMap }}
- --fly-ca-file=/etc/dayfly/fly-ca/ca.crt
{{- end }}
- --poll={{ .Values.github.poll }}
{{- with .Values.github.url }}
- --github-url={{ . }}
{{- end }}
{{- if .Values.github.existingSecret.name }}
- --github-token-file=/etc/dayfly/github/token
{{- end }}
{{- with .Values.github.app.id }}
- --github-app-id={{ . }}
- --github-app-key-file=/etc/dayfly/github-app/private-key
{{- end }}
- --forks={{ .Values.github.forks }}
{{- if .Values.github.webhook.existingSecret.name }}
- --webhook-secret-file=/etc/dayfly/webhook/secret
{{- end }}
{{- with .Values.github.publicUrl }}
- --public-url={{ . }}
{{- end }}
{{- if .Values.github.caBundle.configMap }}
- --github-ca-file=/etc/dayfly/github-ca/ca.crt
{{- end }}
{{- if $sources.gitSync.enabled }}
- --source=dir:{{ include "dayfly.join" (dict "base" "/var/run/dayfly/git/current" "path" $sources.gitSync.path) }}
{{- end }}
{{- if $sources.configMap.enabled }}
- --source=dir:/etc/dayfly/specs
{{- end }}
{{- if $sources.directory.enabled }}
- --source=dir:{{ include "dayfly.join" (dict "base" "/var/run/dayfly/directory" "path" $sources.directory.path) }}
{{- end }}
{{- if $sources.endpoint.enabled }}
{{- range $sources.endpoint.urls }}
- --source={{ . }}
{{- end }}
{{- if $sources.endpoint.existingSecret.name }}
- --source-token-file=/etc/dayfly/endpoint/token
{{- end }}
{{- if $sources.endpoint.caBundle.configMap }}
- --source-ca-file=/etc/dayfly/endpoint-ca/ca.crt
{{- end }}
{{- end }}
{{- if .Values.defaults }}
- --config=/etc/dayfly/config/config.yaml
{{- end }}
{{- if .Values.specSecrets.existingSecret }}
- --secrets-dir=/etc/dayfly/spec-secrets
{{- end }}
{{- range .Values.specSecrets.allowEnv }}
- --allow-secret-env={{ . }}
{{- end }}
{{- if .Values.api.existingSecret.name }}
- --api-token-file=/etc/dayfly/api/token
{{- end }}
- --resync={{ .Values.controller.resync }}
- --audit={{ .Values.controller.audit }}
- --workers={{ .Values.controller.workers }}
- --start-limit={{ .Values.controller.startLimit }}
- --max-environments={{ .Values.controller.maxEnvironments | int64 }}
- --delete-max-count={{ .Values.deleteGuard.maxCount }}
- --delete-max-percent={{ .Values.deleteGuard.maxPercent }}
- --environment-series={{ .Values.metrics.environmentSeries | int64 }}
{{- if .Values.dryRun }}
- --dry-run
{{- end }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "dayfly.mounts" -}}
{{- $sources := .Values.sources -}}
- { name: fly-token, mountPath: /etc/dayfly/fly, readOnly: true }
{{- if .Values.fly.caBundle.configMap }}
- { name: fly-ca, mountPath: /etc/dayfly/fly-ca, readOnly: true }
{{- end }}
{{- if .Values.github.existingSecret.name }}
- { name: github-token, mountPath: /etc/dayfly/github, readOnly: true }
{{- end }}
{{- if .Values.github.app.id }}
- { name: github-app, mountPath: /etc/dayfly/github-app, readOnly: true }
{{- end }}
{{- if .Values.github.webhook.existingSecret.name }}
- { name: webhook-secret, mountPath: /etc/dayfly/webhook, readOnly: true }
{{- end }}
{{- if .Values.github.caBundle.configMap }}
- { name: github-ca, mountPath: /etc/dayfly/github-ca, readOnly: true }
{{- end }}
{{- if $sources.gitSync.enabled }}
- { name: git, mountPath: /var/run/dayfly/git, readOnly: true }
{{- end }}
{{- if $sources.configMap.enabled }}
- { name: specs, mountPath: /etc/dayfly/specs, readOnly: true }
{{- end }}
{{- if $sources.directory.enabled }}
- { name: directory, mountPath: /var/run/dayfly/directory, readOnly: true }
{{- end }}
{{- if and $sources.endpoint.enabled $sources.endpoint.existingSecret.name }}
- { name: endpoint-token, mountPath: /etc/dayfly/endpoint, readOnly: true }
{{- end }}
{{- if and $sources.endpoint.enabled $sources.endpoint.caBundle.configMap }}
- { name: endpoint-ca, mountPath: /etc/dayfly/endpoint-ca, readOnly: true }
{{- end }}
{{- if .Values.defaults }}
- { name: config, mountPath: /etc/dayfly/config, readOnly: true }
{{- end }}
{{- if .Values.specSecrets.existingSecret }}
- { name: spec-secrets, mountPath: /etc/dayfly/spec-secrets, readOnly: true }
{{- end }}
{{- if .Values.api.existingSecret.name }}
- { name: api-token, mountPath: /etc/dayfly/api, readOnly: true }
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* One key of an existing Secret or ConfigMap as a file: (dict "volume" "fly-token" "from" (dict "name" … "key" …) "file" "token"). */}}
{{- define "dayfly.secretFile" -}}
{{- with .from.name }}
- name: {{ $.volume }}
  secret:
    secretName: {{ . }}
    defaultMode: 0440
    items: [{ key: {{ $.from.key | quote }}, path: {{ $.file }} }]
{{- end }}
{{- end -}}

{{- define "dayfly.bundle" -}}
{{- with .from.configMap }}
- name: {{ $.volume }}
  configMap:
    name: {{ . }}
    items: [{ key: {{ $.from.key | quote }}, path: ca.crt }]
{{- end }}
{{- end -}}

{{- define "dayfly.volumes" -}}
{{- $sources := .Values.sources -}}
{{- $github := .Values.github -}}
{{- include "dayfly.secretFile" (dict "volume" "fly-token" "from" .Values.fly.existingSecret "file" "token") }}
{{- include "dayfly.bundle" (dict "volume" "fly-ca" "from" .Values.fly.caBundle) }}
{{- include "dayfly.secretFile" (dict "volume" "github-token" "from" $github.existingSecret "file" "token") }}
{{- if $github.app.id }}
{{- include "dayfly.secretFile" (dict "volume" "github-app" "from" $github.app.existingSecret "file" "private-key") }}
{{- end }}
{{- include "dayfly.secretFile" (dict "volume" "webhook-secret" "from" $github.webhook.existingSecret "file" "secret") }}
{{- include "dayfly.bundle" (dict "volume" "github-ca" "from" $github.caBundle) }}
{{- if $sources.gitSync.enabled }}
- name: git
  emptyDir: { sizeLimit: {{ $sources.gitSync.sizeLimit }} }
- name: git-tmp
  emptyDir: { sizeLimit: 64Mi }
{{- if ne $sources.gitSync.auth.method "none" }}
- name: git-secret
  secret:
    secretName: {{ $sources.gitSync.auth.existingSecret }}
    defaultMode: 0440
{{- end }}
{{- end }}
{{- if $sources.configMap.enabled }}
- name: specs
  configMap:
    name: {{ $sources.configMap.name | default (printf "%s-specs" (include "dayfly.fullname" .)) }}
{{- end }}
{{- if $sources.directory.enabled }}
- name: directory
  {{- toYaml $sources.directory.volume | nindent 2 }}
{{- end }}
{{- if $sources.endpoint.enabled }}
{{- include "dayfly.secretFile" (dict "volume" "endpoint-token" "from" $sources.endpoint.existingSecret "file" "token") }}
{{- include "dayfly.bundle" (dict "volume" "endpoint-ca" "from" $sources.endpoint.caBundle) }}
{{- end }}
{{- if .Values.defaults }}
- name: config
  configMap:
    name: {{ include "dayfly.fullname" . }}-config
{{- end }}
{{- with .Values.specSecrets.existingSecret }}
- name: spec-secrets
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- include "dayfly.secretFile" (dict "volume" "api-token" "from" .Values.api.existingSecret "file" "token") }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* git-sync as a native sidecar: it starts before the controller, and the controller waits for the first checkout. */}}
{{- define "dayfly.gitSync" -}}
{{- $git := .Values.sources.gitSync -}}
- name: git-sync
  image: {{ include "dayfly.image" (dict "image" $git.image "tag" "") }}
  imagePullPolicy: {{ $git.image.pullPolicy }}
  restartPolicy: Always
  args:
    - --repo={{ $git.repository }}
    - --ref={{ $git.ref }}
    - --root=/git
    - --link=current
    - --depth=1
    - --submodules=off
    - --period={{ $git.period }}
    - --sync-timeout={{ $git.timeout }}
    - --max-failures=-1
    - --stale-worktree-timeout={{ $git.staleWorktreeTimeout }}
    - --http-bind=:2020
    - --http-metrics
    - --webhook-url=http://127.0.0.1:8080/hooks/git-sync
    {{- if eq $git.auth.method "ssh" }}
    - --ssh-key-file=/etc/git-secret/ssh
    - --ssh-known-hosts-file=/etc/git-secret/known_hosts
    {{- else if eq $git.auth.method "password" }}
    - --username={{ $git.auth.username }}
    - --password-file=/etc/git-secret/password
    {{- else if eq $git.auth.method "githubApp" }}
    - --github-app-client-id={{ $git.auth.githubAppClientId }}
    - --github-app-installation-id={{ $git.auth.githubAppInstallationId | int64 }}
    - --github-app-private-key-file=/etc/git-secret/private-key
    {{- end }}
  env:
    - { name: HOME, value: /tmp }
  ports:
    - { name: git-sync, containerPort: 2020 }
  startupProbe:
    httpGet: { path: /, port: git-sync }
    periodSeconds: 2
    timeoutSeconds: 2
    failureThreshold: 150
  securityContext:
    {{- toYaml (mergeOverwrite (deepCopy .Values.securityContext) $git.securityContext) | nindent 4 }}
  resources:
    {{- toYaml $git.resources | nindent 4 }}
  volumeMounts:
    - { name: git, mountPath: /git }
    - { name: git-tmp, mountPath: /tmp }
    {{- if ne $git.auth.method "none" }}
    - { name: git-secret, mountPath: /etc/git-secret, readOnly: true }
    {{- end }}
{{- end -}}
