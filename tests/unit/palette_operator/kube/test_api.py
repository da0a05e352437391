from __future__ import annotations

from pathlib import Path

import pytest

from palette_operator.domain.errors import Stalled
from palette_operator.kube.api import KubeApi


@pytest.mark.filterwarnings("ignore:kube_config_path not provided")  # the library warns before it looks for a pod
@pytest.mark.parametrize("kubeconfig", ["", "missing", "empty"])
async def test_where_there_is_no_cluster_the_error_says_what_to_do(
    kubeconfig: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / kubeconfig) if kubeconfig else "")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    with pytest.raises(Stalled, match="set KUBECONFIG, or run in a pod") as caught:
        async with KubeApi.connect():
            pass

    assert caught.value.reason == "KubernetesUnavailable"
