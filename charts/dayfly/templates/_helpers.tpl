{{/* Names, labels and images: what several templates share. */}}

{{- define "dayfly.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "dayfly.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "dayfly.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "dayfly.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "dayfly.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* A selector cannot change later, so it holds nothing but name and release. */}}
{{- define "dayfly.selectorLabels" -}}
app.kubernetes.io/name: {{ include "dayfly.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "dayfly.labels" -}}
{{- $own := fromYaml (include "dayfly.selectorLabels" .) -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- $_ = set $own "app.kubernetes.io/version" (.Values.image.tag | default .Chart.AppVersion | trunc 63 | trimSuffix "-") -}}
{{- $_ = set $own "app.kubernetes.io/component" "controller" -}}
{{- $_ = set $own "app.kubernetes.io/part-of" "dayfly" -}}
{{- $_ = set $own "app.kubernetes.io/managed-by" .Release.Service -}}
{{- toYaml (mergeOverwrite (deepCopy .Values.commonLabels) $own) -}}
{{- end -}}

{{/* The metadata of an object: (dict "root" $ "suffix" "-x" "namespace" "" "labels" dict "annotations" dict). */}}
{{- define "dayfly.metadata" -}}
{{- $root := .root -}}
name: {{ include "dayfly.fullname" $root }}{{ .suffix }}
namespace: {{ .namespace | default (include "dayfly.namespace" $root) }}
labels:
  {{- toYaml (mergeOverwrite (deepCopy (.labels | default dict)) (fromYaml (include "dayfly.labels" $root))) | nindent 2 }}
{{- with mergeOverwrite (deepCopy $root.Values.commonAnnotations) (.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* An image reference: (dict "image" .Values.image "tag" "default tag"). */}}
{{- define "dayfly.image" -}}
{{- $name := .image.repository -}}
{{- with .image.registry -}}{{- $name = printf "%s/%s" . $name -}}{{- end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $name .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .tag .image.tag) -}}
{{- end -}}
{{- end -}}

{{/* What a schema can refuse is refused there. These are repeated because a schema can be skipped, and because of what they cost. */}}
{{- define "dayfly.check" -}}
{{- if gt (int .Values.replicaCount) 1 -}}
{{- fail "replicaCount: there is no leader election; more than one controller would work against each other" -}}
{{- end -}}
{{- if not .Values.fly.organization -}}{{- fail "fly.organization: is required" -}}{{- end -}}
{{- if not .Values.fly.existingSecret.name -}}
{{- fail "fly.existingSecret.name: is required; make one with `kubectl create secret generic dayfly-fly --from-file=token=…`" -}}
{{- end -}}
{{- $sources := .Values.sources -}}
{{- if not (or $sources.gitSync.enabled $sources.endpoint.enabled $sources.configMap.enabled $sources.directory.enabled) -}}
{{- fail "sources: enable at least one of gitSync, endpoint, configMap, directory" -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled -}}
{{- fail "metrics: enable serviceMonitor or podMonitor; with both every sample would be scraped twice" -}}
{{- end -}}
{{- if and $sources.configMap.enabled (not $sources.configMap.name) (not $sources.configMap.specs) -}}
{{- fail "sources.configMap: give a name, or specs" -}}
{{- end -}}
{{- end -}}
