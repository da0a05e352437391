"""The pages of docs/how-to, followed step by step as their readers do."""

from __future__ import annotations

from pathlib import Path

from palette_sim.palette.seed import KeySeed
from support.howto import ROOT, Followed, Reader, follow
from support.scenarios.control_plane import ControlPlane
from support.scenarios.operator_process import OperatorProcess
from support.scenarios.world import World, open_world

_PAGES = ROOT / "docs" / "how-to"
_EMAIL = "ops@example.com"


def _desk(folder: Path) -> Path:
    """Return an empty folder for a reader to work in."""
    desk = folder / "desk"
    desk.mkdir()
    return desk


async def test_credentials_are_rotated(
    control_plane: ControlPlane, shared_operator: OperatorProcess, tmp_path: Path
) -> None:
    desk = _desk(tmp_path)
    async with open_world(control_plane, shared_operator, connect=False) as world:
        access = world.palette.access

        def create_key(name: str, file: str) -> None:
            access.add_key(KeySeed(name=name, key=f"key-{name}", user=_EMAIL, tenant_admin=True), {})  # type: ignore[arg-type]
            (desk / file).write_text(f"key-{name}")

        async def create_an_api_key() -> None:
            create_key("first", "key.txt")

        async def create_the_second_key() -> None:
            create_key("second", "new-key.txt")

        async def revoke_the_first_key() -> None:
            assert access.keys.set_revoked("first", revoked=True)
            access.keys.set_revoked("admin", revoked=True)
            await world.passes(2)

        async def choose_a_user() -> None:
            (desk / "password.txt").write_text("demo-password")

        async def change_the_password() -> None:
            access.set_password(access.accounts.by_email(_EMAIL), "another-password")
            (desk / "new-password.txt").write_text("another-password")

        world.applied.append(("PaletteConnection", world.name))
        reader = Reader(
            desk,
            control_plane.kubeconfig,
            in_place_of={
                "palette-system": shared_operator.namespace,
                "https://api.spectrocloud.com": world.palette.endpoint,
                "{names: [retail]}": f"{{names: [{world.name}]}}",
                "  project: retail-prod": "  poll: {fleetSeconds: 1}\n  project: retail-prod",
                "{name: default}": f"{{name: {world.name}}}",
                "pcon/default": f"pcon/{world.name}",
                "pcon default": f"pcon {world.name}",
                "spectrocloud.com/default": f"spectrocloud.com/{world.name}",
                "operator@example.com": _EMAIL,
            },
            by_hand={
                "create an API key": create_an_api_key,
                "choose a user": choose_a_user,
                "create the second key": create_the_second_key,
                "revoke the first key": revoke_the_first_key,
                "change the password": change_the_password,
            },
        )

        assert await follow(_PAGES / "rotate-credentials.md", reader) == Followed(
            commands=13,
            files=1,
            by_hand=tuple(reader.by_hand),
            not_followed=("a part of connection.yaml in place of the key, which the next sections still use",),
        )
        to_a_user = {"apiKeySecretRef": None, "userSecretRef": {"name": "palette-user"}}
        await world.take_note("PaletteConnection", world.name, {"spec": {"auth": to_a_user}})
        assert [entry.path for entry in world.requests() if entry.status == 401] == []
        assert world.requests_to("POST", "/v1/auth/authenticate") == 1
        assert "key-second" not in world.log + str(await _status(world))


async def _status(world: World) -> object:
    return (await world.get("PaletteConnection", world.name) or {})["status"]
