"""Values that people install the chart with, by what they want; each renders, and the API server takes each."""

from __future__ import annotations

from typing import Any

Values = dict[str, Any]

CONNECTION: Values = {
    "create": True,
    "existingSecret": "palette-credentials",
    "spec": {
        "endpoint": "https://api.spectrocloud.com",
        "project": "retail-prod",
        "allowedNamespaces": {"names": ["retail"]},
        "guard": {"maxDeletesPerHour": 3},
    },
}
NETWORK_POLICY: Values = {
    "enabled": True,
    "metricsFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
    "apiServer": {"ports": [6443], "cidrs": ["10.0.0.0/24"]},
    "palette": {"ports": [443, 3128], "cidrs": ["192.0.2.0/24"]},
    "localEndpointPorts": [5080, 5443],
    "extraEgress": [{"ports": [{"port": 8443, "protocol": "TCP"}]}],
}
EXTRAS: Values = {
    "extraEnv": [
        {"name": "TZ", "value": "Europe/Berlin"},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "proxy", "key": "token"}}},
    ],
    "extraArgs": ["--resync-seconds=60"],
    "extraVolumes": [{"name": "authorities", "configMap": {"name": "authorities"}}],
    "extraVolumeMounts": [{"name": "authorities", "mountPath": "/etc/authorities", "readOnly": True}],
}
PLACEMENT: Values = {
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]
            }
        }
    },
    "topologySpreadConstraints": [
        {"maxSkew": 2, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}}
    ],
    "priorityClassName": "system-cluster-critical",
}
OPENSHIFT: Values = {"podSecurityContext": {"runAsUser": None, "runAsGroup": None}}
NAME_SERVICE: Values = {
    "hostAliases": [{"ip": "192.0.2.7", "hostnames": ["palette.example.com"]}],
    "dnsConfig": {"searches": ["example.com"], "options": [{"name": "ndots", "value": "2"}]},
}
OVERLAPS: Values = {
    "commonLabels": {
        "team": "edge",
        "release": "all",
        "tier": "all",
        "dashboards": "all",
        "app.kubernetes.io/part-of": "platform",
        "app.kubernetes.io/name": "mine",
        "app.kubernetes.io/component": "operator",
    },
    "podLabels": {"tier": "control", "app.kubernetes.io/instance": "mine", "app.kubernetes.io/component": "crds"},
    "podAnnotations": {"kubectl.kubernetes.io/default-container": "sidecar"},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "prometheusRule": {
        "enabled": True,
        "labels": {"release": "prometheus"},
        "alertLabels": {"severity": "page", "team": "edge"},
    },
    "grafanaDashboard": {"enabled": True, "labels": {"dashboards": "grafana"}},
    "networkPolicy": {"enabled": True},
    "topologySpreadConstraints": [
        {
            "maxSkew": 1,
            "topologyKey": "rack",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"tier": "control"}},
        }
    ],
}
DIGEST: Values = {
    "image": {"repository": "registry.example.com:5000/mirror/palette-operator", "digest": f"sha256:{'0a' * 32}"},
    "imagePullSecrets": [{"name": "registry-key"}],
}

VALUE_SETS: dict[str, Values] = {
    "nothing but what is required": {},
    "one replica": {"replicas": 1},
    "replicas that may be drained together": {"replicas": 3, "podDisruptionBudget": {"enabled": False}},
    "some namespaces alone": {"watchNamespaces": ["retail", "labs"]},
    "hosts reached directly": {
        "localEndpointCidrs": ["10.10.0.0/16", "2001:db8::/32"],
        "serviceCidrs": ["10.96.0.0/12"],
    },
    "a rebuilt management cluster": {"takeover": True, "logFormat": "text", "logLevel": "debug"},
    "an image by its digest": DIGEST,
    "an image by its tag": {"image": {"tag": "1.2.3", "pullPolicy": "Always"}},
    "an existing service account": {"serviceAccount": {"create": False, "name": "robot"}, "rbac": {"create": False}},
    "an account with annotations": {"serviceAccount": {"name": "robot", "annotations": {"role": "arn:x"}}},
    "kubeconfigs handed out": {"rbac": {"kubeconfigSecrets": True}},
    "scraped": {
        "serviceMonitor": {
            "enabled": True,
            "labels": {"release": "prometheus"},
            "interval": "30s",
            "scrapeTimeout": "10s",
            "relabelings": [{"action": "replace", "targetLabel": "cluster", "replacement": "emea"}],
            "metricRelabelings": [{"action": "labeldrop", "regex": "pod"}],
        },
    },
    "monitored from another namespace": {"serviceMonitor": {"enabled": True, "namespace": "monitoring"}},
    "alerted": {
        "prometheusRule": {
            "enabled": True,
            "labels": {"release": "prometheus"},
            "alertLabels": {"team": "edge"},
            "disabled": ["PaletteEdgeHostsOffline", "PaletteApiDeprecated"],
            "runbookUrl": "https://git.example.com/palette-operator/docs/runbooks",
        },
    },
    "alerted in another namespace": {"prometheusRule": {"enabled": True, "namespace": "monitoring"}},
    "with a dashboard": {"grafanaDashboard": {"enabled": True}},
    "with a dashboard in another namespace": {
        "grafanaDashboard": {
            "enabled": True,
            "namespace": "monitoring",
            "labels": {"grafana_dashboard": None, "dashboards": "grafana"},
            "annotations": {"grafana_folder": "Palette"},
        },
    },
    "a network policy": {"networkPolicy": {"enabled": True}},
    "a narrow network policy": {"networkPolicy": NETWORK_POLICY, "localEndpointCidrs": ["10.10.0.0/16"]},
    "a first connection": {"connection": CONNECTION},
    "a first connection of a user": {
        "connection": {
            "create": True,
            "name": "emea",
            "spec": {
                "endpoint": "https://palette.example.com",
                "project": "tenant",
                "allowedNamespaces": {"all": True},
                "auth": {"userSecretRef": {"name": "palette-user"}},
            },
        }
    },
    "further environment, arguments and volumes": EXTRAS,
    "a chosen place": PLACEMENT,
    "a user that OpenShift chooses": OPENSHIFT,
    "names that DNS does not know": NAME_SERVICE,
    "names and labels of one's own": {
        "fullnameOverride": "palette",
        "commonLabels": {"team": "edge"},
        "podLabels": {"tier": "control"},
        "podAnnotations": {"example.com/note": "kept"},
        "deploymentAnnotations": {"reloader.example.com/auto": "true"},
        "crds": {
            "upgradeJob": {
                "podAnnotations": {"linkerd.io/inject": None, "example.com/mesh": "none"},
                "podLabels": {"sidecar.istio.io/inject": None, "tier": "job"},
            }
        },
    },
    "labels and annotations that overlap": OVERLAPS,
    "protected from deletion": {"deletionProtection": {"enabled": True}},
    "definitions brought by others": {"crds": {"upgradeJob": {"enabled": False}}},
    "no limits": {"resources": {}, "topologySpreadConstraints": []},
    "as part of another chart": {"global": {"imageRegistry": "registry.example.com"}},
}
VALUE_SETS["everything"] = {
    **PLACEMENT,
    **DIGEST,
    **EXTRAS,
    **OPENSHIFT,
    **NAME_SERVICE,
    **VALUE_SETS["hosts reached directly"],
    **VALUE_SETS["scraped"],
    **VALUE_SETS["alerted"],
    **VALUE_SETS["with a dashboard"],
    **VALUE_SETS["protected from deletion"],
    **VALUE_SETS["kubeconfigs handed out"],
    **VALUE_SETS["a first connection"],
    "watchNamespaces": ["retail"],
    "networkPolicy": NETWORK_POLICY,
    "takeover": True,
}
