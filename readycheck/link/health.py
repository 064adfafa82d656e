"""The health check that is in force for a running service, whoever wrote it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from readycheck.facts.image import BuiltImage
from readycheck.link.containers import Running
from readycheck.link.image_tools import always_succeeds, lacks
from readycheck.link.services import repository
from readycheck.model import Location

# Published images whose own Dockerfile has a HEALTHCHECK, which Docker runs unless compose says otherwise.
_CHECKED_IMAGES = frozenset(
    "itzg/minecraft-server pihole/pihole axllent/mailpit vaultwarden/server louislam/uptime-kuma gitlab/gitlab-ce "
    "gitlab/gitlab-ee datadog/agent plexinc/pms-docker trinodb/trino jellyfin/jellyfin "
    "paperless-ngx/paperless-ngx mealie-recipes/mealie visibilityspots/cloudflared".split()
)


@dataclass(frozen=True, slots=True)
class HealthView:
    """`flaw` is what is wrong ("" if nothing is seen), `doubt` what cannot be known, `shown` how the check is said."""

    location: Location
    flaw: str = ""
    doubt: str = ""
    shown: str = ""


def health_of(running: Running) -> HealthView:
    """The health of one service: its own check first, then that of the image it builds."""
    service = running.service
    image = running.unit.image if running.unit is not None else None
    own = service.healthcheck
    if own is not None and own.disabled:
        return HealthView(own.test_location or own.location, "its health check is switched off")
    if own is not None and own.test:
        kind, *words = own.test
        test = tuple(words) if kind in {"CMD", "CMD-SHELL"} else own.test
        base = image.base if image is not None else None
        outside = base[0] if base is not None else ("" if service.build is not None else service.image)
        place = own.test_location or own.location
        return _judged(test, outside, image, place)
    dockerfile = running.unit.dockerfile if running.unit is not None else ""
    built = image_health(image, dockerfile)
    if built is not None:
        return built
    if own is not None:
        doubt = f"{service.name} tunes the health check of its image, which is not here"
        return HealthView(own.location, doubt=doubt)
    if service.build is None and repository(service.image) in _CHECKED_IMAGES:
        return HealthView(service.place("image"), shown="the test that its image brings")
    return HealthView(service.location, "it has no health check")


def image_health(image: BuiltImage | None, dockerfile: str) -> HealthView | None:
    """What a Dockerfile's own HEALTHCHECK amounts to, None without one."""
    check = image.healthcheck() if image is not None else None
    if image is None or check is None:
        return None
    place = Location(dockerfile, check.line)
    if check.disabled:
        return HealthView(place, "its health check is switched off in the Dockerfile")
    base = image.base
    return _judged(check.command, base[0] if base is not None else "", image, place)


def _judged(test: tuple[str, ...] | str, base: str, image: BuiltImage | None, place: Location) -> HealthView:
    if always_succeeds(test):
        return HealthView(place, "its health check cannot fail")
    lack = lacks(test, base, image) if base else None
    if lack is not None:
        return HealthView(place, f"its health check calls {lack.program}, which {lack.image} does not have")
    words = (test if isinstance(test, str) else " ".join(test)).split()
    return HealthView(place, shown=words[0] if words else "a test")
