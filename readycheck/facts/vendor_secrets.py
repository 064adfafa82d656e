"""Keys of known providers, recognised by detect-secrets' plugins and, for newer shapes, by our own patterns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol, cast

from readycheck.facts.credentials_base import Candidate, Text
from readycheck.facts.lazily import lazy

# Plugin -> (module, label, literals of which one is necessary on the line, all in lower case). Plugins without a
# telling literal (Discord, Twilio, IBM, SoftLayer) are asked only on lines that name the provider: on their own they
# match any identifier of the right length.
_PLUGINS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "AWSKeyDetector": ("aws", "AWS access key", ("akia", "asia", "abia", "acca", "a3t", "aws")),
    "AzureStorageKeyDetector": ("azure_storage_key", "Azure storage key", ("accountkey=",)),
    "ArtifactoryDetector": ("artifactory", "Artifactory credential", ("artifactory", "jfrog")),
    "CloudantDetector": ("cloudant", "Cloudant credential", ("cloudant",)),
    "DiscordBotTokenDetector": ("discord", "Discord bot token", ("discord",)),
    "GitHubTokenDetector": ("github_token", "GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    "GitLabTokenDetector": (
        "gitlab_token",
        "GitLab token",
        (
            "glpat-",
            "gldt-",
            "glft-",
            "glsoat-",
            "glrt-",
            "gr1348941",
            "glcbt-",
            "glimt-",
            "glptt-",
            "glagent-",
            "gloas-",
        ),
    ),
    "IbmCloudIamDetector": ("ibm_cloud_iam", "IBM Cloud key", ("ibm_", "ibm-", "ibmcloud", "cloud_iam")),
    "IbmCosHmacDetector": ("ibm_cos_hmac", "IBM COS key", ("ibm_cos", "ibm-cos", "cos_hmac", "cos-hmac")),
    "JwtTokenDetector": ("jwt", "JSON web token", ("eyj",)),
    "MailchimpDetector": ("mailchimp", "Mailchimp key", ("-us",)),
    "NpmDetector": ("npm", "npm token", (":_authtoken",)),
    "OpenAIDetector": ("openai", "OpenAI key", ("t3blbkfj",)),
    "PypiTokenDetector": ("pypi_token", "PyPI token", ("pypi-age",)),
    "SendGridDetector": ("sendgrid", "SendGrid key", ("sg.",)),
    "SlackDetector": (
        "slack",
        "Slack token",
        ("xoxa-", "xoxb-", "xoxp-", "xoxo-", "xoxs-", "xoxr-", "hooks.slack.com"),
    ),
    "SoftlayerDetector": ("softlayer", "SoftLayer credential", ("softlayer",)),
    "SquareOAuthDetector": ("square_oauth", "Square secret", ("sq0csp-",)),
    "StripeDetector": ("stripe", "Stripe live key", ("sk_live_", "rk_live_")),
    "TelegramBotTokenDetector": ("telegram_token", "Telegram bot token", (":aa",)),
    "TwilioKeyDetector": ("twilio", "Twilio key", ("twilio",)),
}

# What detect-secrets 1.5 does not know: label, literals, pattern of the whole key.
_OWN: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Anthropic key", ("sk-ant-",), r"sk-ant-[A-Za-z0-9_\-]{24,200}"),
    ("OpenAI key", ("sk-proj-", "sk-svcacct-"), r"sk-(?:proj|svcacct)-[A-Za-z0-9_\-]{24,200}"),
    ("Google API key", ("aiza",), r"\bAIza[A-Za-z0-9_\-]{35}(?![\w\-])"),
    ("GitHub token", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{30,200}"),
    ("Hugging Face token", ("hf_",), r"\bhf_[A-Za-z]{34}\b"),
    ("Docker token", ("dckr_pat_",), r"dckr_pat_[A-Za-z0-9_\-]{20,80}"),
    ("npm token", ("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("DigitalOcean token", ("dop_v1_",), r"dop_v1_[0-9a-f]{64}"),
    ("Shopify token", ("shpat_", "shpss_", "shppa_"), r"shp(?:at|ss|pa)_[0-9a-fA-F]{32}"),
    ("Groq key", ("gsk_",), r"\bgsk_[A-Za-z0-9]{40,60}\b"),
    ("Slack app token", ("xapp-",), r"xapp-\d-[A-Z0-9]{8,20}-\d{8,20}-[0-9a-f]{32,80}"),
    ("Stripe webhook secret", ("whsec_",), r"\bwhsec_[A-Za-z0-9+/=]{24,80}"),
    ("Discord webhook", ("/api/webhooks/",), r"discord(?:app)?\.com/api/webhooks/\d{15,22}/[A-Za-z0-9_\-]{40,90}"),
)
# The words that ask these plugins are common, and every key of theirs has a long run of such characters in it: without
# one the plugin is not even loaded, which takes longer than a scan of unchanged files.
_ONE_RUN = frozenset({"AWSKeyDetector", "MailchimpDetector"})
_RUN = lazy(r"[0-9A-Za-z/+]{20}")
_GROUP = "credentials: "
_COMPILED = tuple((label, literals, lazy(pattern)) for label, literals, pattern in _OWN)
_CUT = 12  # shorter than any key: the plugin told only the part that its pattern captured
_KEY_CHARACTERS = lazy(r"[\w\-]{0,200}")
_JWT = lazy(r"^eyJ[\w\-=]{10,4000}\.[\w\-=]{10,8000}\.[\w\-=]{20,2000}")


class _Plugin(Protocol):
    def analyze_string(self, string: str) -> Iterator[str]: ...


def vendor_literals() -> tuple[str, ...]:
    """Lower-case literals of which one occurs in every text that holds a provider key."""
    rows = [literals for _, _, literals in _PLUGINS.values()] + [literals for _, literals, _ in _OWN]
    return tuple(sorted({literal for literals in rows for literal in literals}))


def vendor_groups() -> dict[str, tuple[str, ...]]:
    """The same by plugin and kind of key, for the gate."""
    groups = {_GROUP + name: literals for name, (_, _, literals) in _PLUGINS.items()}
    for label, literals, _ in _OWN:
        groups[_GROUP + label] = (*groups.get(_GROUP + label, ()), *literals)
    return groups


@lru_cache(maxsize=32)
def _plugin(name: str) -> _Plugin:
    from importlib import import_module

    module = import_module(f"detect_secrets.plugins.{_PLUGINS[name][0]}")
    return cast("_Plugin", getattr(module, name)())


def from_vendors(text: Text) -> Iterator[Candidate]:
    """Provider keys on the lines that hold a literal necessary for one."""
    for name, (_, label, literals) in _PLUGINS.items():
        if not text.has(_GROUP + name, literals):
            continue
        for start, end in _lines_with(text, literals):
            line = text.raw[start:end]
            if name in _ONE_RUN and not _RUN.search(line):
                continue
            for value in _plugin(name).analyze_string(line):
                found = line.find(value)
                whole = _whole(name, value, line[max(found, 0) :])
                if found >= 0 and whole:
                    yield Candidate(start + found, "", whole, label, "vendor", "vendor")
    for label, literals, pattern in _COMPILED:
        if not text.has(_GROUP + label, literals):
            continue
        for start, end in _lines_with(text, literals):
            for match in pattern.finditer(text.raw, start, end):
                yield Candidate(match.start(), "", match.group(0), label, "vendor", "vendor")


def _lines_with(text: Text, literals: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """The lines that hold one of the literals, once each; of a very long line only the part round the literal."""
    seen: set[int] = set()
    for literal in literals:
        position = text.low.find(literal)
        while position >= 0:
            start, end = text.line_start(position), text.line_end(position)
            if start not in seen:
                seen.add(start)
                yield start, end
            position = text.low.find(literal, max(end, position + 1))


def _whole(plugin: str, value: str, rest: str) -> str:
    """The whole key that starts `rest`, "" if it is none: some plugins also match identifiers and cut keys short."""
    if plugin == "JwtTokenDetector":
        token = _JWT.match(rest)
        return token.group(0) if token else ""
    if plugin in ("ArtifactoryDetector", "TwilioKeyDetector"):
        mixed = any(char.isdigit() for char in value) and any(char.islower() for char in value)
        return value if mixed else ""
    if len(value) < _CUT:
        key = _KEY_CHARACTERS.match(rest)
        return key.group(0) if key else ""
    return value
