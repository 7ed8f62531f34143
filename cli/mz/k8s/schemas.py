"""The fields of custom kinds that k8s/ uses: an object with any other field is refused.

kubernetes-validate knows the kinds of Kubernetes itself and only warns about others, so a misspelt field of a Cluster
or an HTTPRoute would pass unseen. Written against CloudNativePG 1.30, its Barman plugin 0.16, Gateway API v1 and
monitoring.coreos.com/v1.
"""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]
"""JSON Schema 2020-12."""


def _object(required: str = "", **properties: Schema) -> Schema:
    """An object with these properties and no others; `required` names those that must be there."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required.split(),
        "properties": properties,
    }


def _list(each: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": each}


def _like(pattern: str) -> Schema:
    return {"type": "string", "pattern": pattern}


def _one_of(*words: str) -> Schema:
    return {"enum": list(words)}


_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_YES: Final[Schema] = {"type": "boolean"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 1}
_WORDS: Final[Schema] = {"type": "object", "additionalProperties": {"type": "string"}}
_AMOUNT: Final = _like(r"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti)?$")
_AMOUNTS: Final[Schema] = {"type": "object", "additionalProperties": _AMOUNT}
_SPAN: Final = _like(r"^[0-9]+(ms|s|m|h|d)$")
_NAMED: Final = _object("name", name=_TEXT)
_KEY: Final = _object("name key", name=_TEXT, key=_TEXT)
_DISK: Final = _object("size", size=_AMOUNT, storageClass=_TEXT)
_PRESENCE: Final = _one_of("present", "absent")
_ENCRYPTION: Final = _one_of("AES256", "aws:kms")


def _kind(kind: str, version: str, spec: Schema) -> Schema:
    metadata = _object("name namespace", name=_TEXT, namespace=_TEXT, labels=_WORDS, annotations=_WORDS)
    return _object(
        "apiVersion kind metadata spec",
        apiVersion={"const": version},
        kind={"const": kind},
        metadata=metadata,
        spec=spec,
    )


_CLUSTER: Final = _object(
    "instances imageName storage walStorage postgresql managed bootstrap plugins resources",
    instances=_COUNT,
    imageName=_TEXT,
    primaryUpdateStrategy=_one_of("unsupervised", "supervised"),
    enableSuperuserAccess=_YES,
    enablePDB=_YES,
    bootstrap=_object(
        "initdb",
        initdb=_object(
            "database owner dataChecksums",
            database=_TEXT,
            owner=_TEXT,
            dataChecksums=_YES,
            encoding=_TEXT,
            postInitTemplateSQL=_list(_TEXT),
        ),
    ),
    storage=_DISK,
    walStorage=_DISK,
    postgresql=_object(
        "synchronous parameters pg_hba",
        synchronous=_object(
            "method number dataDurability",
            method=_one_of("any", "first"),
            number=_COUNT,
            dataDurability=_one_of("required", "preferred"),
        ),
        parameters=_WORDS,
        pg_hba=_list(_TEXT),
    ),
    managed=_object(
        "roles",
        roles=_list(
            _object(
                "name ensure login passwordSecret",
                name=_TEXT,
                ensure=_PRESENCE,
                login=_YES,
                passwordSecret=_NAMED,
            )
        ),
    ),
    resources=_object("requests limits", requests=_AMOUNTS, limits=_AMOUNTS),
    affinity=_object(
        enablePodAntiAffinity=_YES,
        topologyKey=_TEXT,
        podAntiAffinityType=_one_of("required", "preferred"),
    ),
    plugins=_list(_object("name", name=_TEXT, isWALArchiver=_YES, parameters=_WORDS)),
)

_STORE: Final = _object(
    "configuration",
    retentionPolicy=_like("^[1-9][0-9]*[dwm]$"),
    configuration=_object(
        "destinationPath endpointURL s3Credentials wal data",
        destinationPath=_like("^s3://"),
        endpointURL=_like("^https://"),
        endpointCA=_KEY,
        s3Credentials=_object(
            "accessKeyId secretAccessKey", accessKeyId=_KEY, secretAccessKey=_KEY, region=_KEY
        ),
        wal=_object(
            compression=_one_of("bzip2", "gzip", "lz4", "snappy", "xz", "zstd"),
            maxParallel=_COUNT,
            encryption=_ENCRYPTION,
        ),
        data=_object(compression=_one_of("bzip2", "gzip", "snappy"), jobs=_COUNT, encryption=_ENCRYPTION),
    ),
)

_ROUTE: Final = _object(
    "parentRefs hostnames rules",
    parentRefs=_list(_object("name", name=_TEXT, namespace=_TEXT, sectionName=_TEXT)),
    hostnames=_list(_like(r"^[a-z0-9*][a-z0-9.-]+$")),
    rules=_list(
        _object(
            "matches backendRefs",
            matches=_list(
                _object("path", path=_object("type value", type=_one_of("PathPrefix"), value=_like("^/")))
            ),
            timeouts=_object(request=_SPAN, backendRequest=_SPAN),
            backendRefs=_list(_object("name port", name=_TEXT, port=_COUNT)),
        )
    ),
)

_ALARMS: Final = _object(
    "groups",
    groups=_list(
        _object(
            "name rules",
            name=_TEXT,
            rules=_list(
                _object(
                    "alert expr labels annotations",
                    alert=_like("^[A-Z][A-Za-z0-9]+$"),
                    expr=_TEXT,
                    labels=_WORDS,
                    annotations=_WORDS,
                    **{"for": _SPAN},
                )
            ),
        )
    ),
)

SCHEMAS: Final[dict[str, Schema]] = {
    "Cluster": _kind("Cluster", "postgresql.cnpg.io/v1", _CLUSTER),
    "Database": _kind(
        "Database",
        "postgresql.cnpg.io/v1",
        _object(
            "name owner cluster databaseReclaimPolicy",
            name=_TEXT,
            owner=_TEXT,
            cluster=_NAMED,
            databaseReclaimPolicy=_one_of("retain"),
        ),
    ),
    "ScheduledBackup": _kind(
        "ScheduledBackup",
        "postgresql.cnpg.io/v1",
        _object(
            "schedule cluster method pluginConfiguration",
            # Six fields: CloudNativePG counts seconds first. Five would be another time of day.
            schedule=_like(r"^(\S+ ){5}\S+$"),
            immediate=_YES,
            backupOwnerReference=_one_of("none", "self", "cluster"),
            cluster=_NAMED,
            method=_one_of("plugin"),
            pluginConfiguration=_NAMED,
        ),
    ),
    "ObjectStore": _kind("ObjectStore", "barmancloud.cnpg.io/v1", _STORE),
    "HTTPRoute": _kind("HTTPRoute", "gateway.networking.k8s.io/v1", _ROUTE),
    "ServiceMonitor": _kind(
        "ServiceMonitor",
        "monitoring.coreos.com/v1",
        _object(
            "jobLabel selector endpoints",
            jobLabel=_TEXT,
            selector=_object("matchLabels", matchLabels=_WORDS),
            endpoints=_list(_object("port path interval", port=_TEXT, path=_like("^/"), interval=_SPAN)),
        ),
    ),
    "PrometheusRule": _kind("PrometheusRule", "monitoring.coreos.com/v1", _ALARMS),
}
"""By kind. A kind that is neither here nor one of Kubernetes' own is refused."""
