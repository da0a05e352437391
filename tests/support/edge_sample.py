"""A host as the documentation shows it.

Source: Palette docs, "Edge Management API", the sample reply of GET /v1/edge-mgmt/edgehosts/current.
"""

from typing import Any

UID = "edge-bc4a38428b71300e371150263b651b8d"
SAMPLE: dict[str, Any] = {
    "metadata": {
        "creationTimestamp": "2024-02-29T20:31:42.204Z",
        "id": UID,
        "lastModifiedTimestamp": "0001-01-01T00:00:00.000Z",
        "name": UID,
    },
    "spec": {
        "connectionMode": "airgap",
        "hardwareSpec": {
            "archType": "amd64",
            "cpu": {"cores": 4},
            "disks": [
                {
                    "controller": "SCSI",
                    "partitions": [
                        {
                            "fileSystemType": "ext4",
                            "freeSpace": 13,
                            "mountPoint": "/run/initramfs/cos-state",
                            "totalSpace": 24,
                            "usedSpace": 9,
                        }
                    ],
                    "size": 300,
                    "vendor": "VMware",
                },
                {"controller": "SCSI", "partitions": [], "size": 4, "vendor": "NECVMWar"},
                {"controller": "SCSI", "partitions": [], "vendor": "NECVMWar"},
            ],
            "gpus": [],
            "memory": {"sizeInMB": 7930},
            "os": {"family": "kairos-core-sles", "version": "v2.4.3"},
        },
        "networkInfo": [
            {
                "dns": ["10.10.128.8"],
                "gateway": "10.10.128.1",
                "ip": "10.10.135.182",
                "isDefault": True,
                "macAddr": "00:50:56:b8:9e:98",
                "nicName": "ens160",
                "subnet": "255.255.192.0",
            }
        ],
    },
    "status": {
        "agentVersion": "4.3.0-rc4",
        "configurationStatus": "pending",
        "dns": {"nameservers": ["10.10.128.8"], "options": [], "searchDomains": ["."]},
        "hostName": UID,
        "ntp": {"fallbackNtpServers": [], "ntpServers": []},
        "registrationStatus": "not applicable",
    },
}
