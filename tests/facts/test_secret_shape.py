"""The shape of a string decides before its randomness does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readycheck.facts.secret_names import name_class
from readycheck.facts.secret_shape import classify, entropy, looks_random

RANDOM = "t7Rk2vPq9XwZ4mLn8sBd" + "6YhJ3fGc"


@pytest.mark.parametrize(
    ("name", "kind", "sure"),
    [
        ("DB_PASSWORD", "password", True),
        ("dbPassword", "password", True),
        ("spring.datasource.password", "password", True),
        ("PGPASSWORD", "password", True),
        ("smtp_pass", "password", True),
        ("POSTGRES_PW", "password", True),
        ("rootpassword", "password", True),
        ("password_1", "password", True),
        ("ADMIN_PASSWORD_DEV", "password", True),
        ("SECRET_KEY_BASE", "key", True),
        ("jwtSecret", "secret", True),
        ("apiKey", "key", True),
        ("X-API-Key", "key", True),
        ("AWS_SECRET_ACCESS_KEY", "key", True),
        ("githubToken", "token", True),
        ("password.value", "password", True),
        ("MAILGUN_KEY", "key", False),
        ("PASSWORD_MIN_LENGTH", "", False),
        ("password_hash", "", False),
        ("token_type", "", False),
        ("tokenizer", "", False),
        ("max_tokens", "", False),
        ("NextToken", "", False),
        ("pagination_token", "", False),
        ("csrf_token", "", False),
        ("bos_token", "", False),
        ("forgot_password", "", False),
        ("SECRET_KEY_FILE", "", False),
        ("MYSQL_ALLOW_EMPTY_PASSWORD", "", False),
        ("public_key", "", False),
        ("primary_key", "", False),
        ("secretName", "", False),
        ("passed", "", False),
        ("compass", "", False),
        ("keyboard", "", False),
        ("", "", False),
    ],
)
def test_names(name: str, kind: str, sure: bool) -> None:
    found = name_class(name)
    assert (found.kind, found.sure if kind else False) == (kind, sure)


@pytest.mark.parametrize(
    ("name", "value", "context", "kind"),
    [
        ("SECRET_KEY", RANDOM, "code", "secret"),
        ("API_KEY", "9f2c4e7ab01d53866fe0a1c4b7d92e35", "code", "secret"),
        ("MAILGUN_KEY", RANDOM, "config", "secret"),
        ("client_secret", "3b241101-e2bb-4255-8caf-4136c566a962", "code", "secret"),
        ("totp_secret", "KQZ5WNV3MB7RXE2DLY4HGT6P", "code", "secret"),
        ("DB_PASSWORD", "hunter2hunter2", "code", "weak"),
        ("password", "admin", "code", "weak"),
        ("PASSWORD", "changeit", "config", "weak"),
        ("POSTGRES_PASSWORD", "postgres", "config", "weak"),
        ("POSTGRES_PASSWORD", "password", "config", "weak"),
        ("POSTGRES_PASSWORD", "1234", "config", "weak"),
        ("SYSTEM_PASSWORD", "hello_123", "config", "weak"),
        ("JWT_SECRET", "supersecret", "code", "weak"),
        ("JWT_SECRET", "my-super-secret-key", "code", "weak"),
        ("SECRET_KEY", "dev", "default", "weak"),
        ("SECRET_KEY", "dev", "code", "weak"),
        ("SECRET_KEY", "random", "code", "weak"),
        ("password", "password", "argument", "weak"),
        ("", "Passw:rd%1", "url", "weak"),
        ("SECRET_KEY", "django-insecure-" + "q2!v8#x9c$k3m@p7", "code", "secret"),
        ("PASSWORD", "test", "config", "weak"),
        ("password", "testpass", "code", "fake"),
        ("api_key", "dummy-api-key", "code", "fake"),
        *[
            ("DB_PASSWORD", value, "config", "placeholder")
            for value in (
                "changeme",
                "change_me",
                "CHANGE-THIS",
                "<your password>".replace(" ", "-"),
                "your-password-here",
                "REPLACE_WITH_SECRET",
                "xxx",
                "xxxxxxxx",
                "********",
                "sk-...",
                "example",
                "TODO",
                "{{ password }}",
                "${DB_PASSWORD}",
                "%(password)s",
                "$(pwgen)",
                "[password]",
                "dev-secret-change-in-production",
                "<GENERATED>",
                "enter-your-password",
                "put-it-here",
                "not-a-real-secret",
                "AKIAIOSFODNN7EXAMPLE",
            )
        ],
        *[
            ("DB_PASSWORD", value, "config", "reference")
            for value in (
                "/run/secrets/db_password",
                "vault:secret/data/app#password",
                "op://vault/item/password",
                "./secrets/db.txt",
                "arn:aws:secretsmanager:eu-west-1:1:secret:x",
                "${{ secrets.DB_PASSWORD }}",
                "os.environ['X']",
                "process.env.DB_PASSWORD",
                "get_secret('db')",
                "password.txt",
                "settings.DB_PASSWORD",
                "ENC[AES256_GCM,data:x]",
            )
        ],
        ("PASSWORD", "password", "code", "not_a_secret"),
        ("TOKEN", "access_token", "code", "not_a_secret"),
        ("API_KEY", "X-API-Key", "code", "not_a_secret"),
        ("password", "Enter your new password", "code", "not_a_secret"),
        ("password", "Пароль", "code", "not_a_secret"),
        ("password", "Updated.", "code", "not_a_secret"),
        ("password", "required", "code", "not_a_secret"),
        ("password", "string", "config", "not_a_secret"),
        ("password", "/auth/password", "code", "reference"),
        ("token", "https://auth.example.org/token", "code", "not_a_secret"),
        ("password", r"^(?=.*\d).{8,}$", "code", "not_a_secret"),
        ("token", "auth.token.invalid", "code", "not_a_secret"),
        ("token", "application/json", "code", "not_a_secret"),
        ("token", "bearer", "code", "not_a_secret"),
        ("token", "identifier", "code", "not_a_secret"),
        ("password", "#password-input", "code", "not_a_secret"),
        ("password", "true", "config", "not_a_secret"),
        ("password", "$2b$12$" + "abcdefghijklmnopqrstuv", "code", "not_a_secret"),
        ("secret", "sha512-" + "Q" * 40, "config", "not_a_secret"),
        ("PASSWORD_MIN_LENGTH", "8", "code", "not_a_secret"),
        ("token_type", "bearer", "code", "not_a_secret"),
        ("color", RANDOM, "code", "not_a_secret"),
        ("commit", "9f2c4e7ab01d53866fe0a1c4b7d92e35aa10bb27", "code", "not_a_secret"),
        ("context_key", "channel_listing_by_product_and_channel", "code", "not_a_secret"),
        ("key", "some_key", "code", "not_a_secret"),
        ("_totp_secret_key", "_totp_secret", "code", "not_a_secret"),
    ],
)
def test_kinds(name: str, value: str, context: str, kind: str) -> None:
    shape = classify(name, value, path="app/settings.py", context=context)
    assert shape.kind in ((kind, "not_a_secret") if kind == "reference" else (kind,))


def test_a_test_path_makes_a_weak_password_fake_and_leaves_a_random_one() -> None:
    assert classify("password", "secret123", path="tests/test_login.py", context="code").kind == "fake"
    assert classify("password", "secret123", path="app/login.py", context="code").kind == "weak"
    assert classify("api_key", RANDOM, path="tests/test_login.py", context="code").kind == "secret"


@pytest.mark.parametrize(
    ("value", "trait"),
    [
        ("admin", "short"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "few-distinct"),
        ("abcabcabcabc", "repeated"),
        ("12345678", "digits-only"),
        ("postgres", "known-default"),
        ("super secret jwt secret", "known-default"),
        ("sunshine", "dictionary"),
        ("django-insecure-" + "q2!v8#x9c$k3m@p7", "django-insecure"),
        ("aabb", "low-entropy"),
        ("0123456789abcdef", "sequence"),
        ("changeme", "placeholder"),
    ],
)
def test_traits(value: str, trait: str) -> None:
    assert trait in classify("DB_PASSWORD", value, path=".env", context="config").traits


def test_randomness() -> None:
    assert looks_random(RANDOM)
    assert not looks_random("correct-horse-battery")
    assert not looks_random("0123456789abcdef0123")
    assert entropy("") == 0


@given(st.text(), st.text(), st.text(), st.sampled_from(["code", "config", "url", "env", "nonsense"]))
@settings(max_examples=200, deadline=None)
def test_never_raises(name: str, value: str, path: str, context: str) -> None:
    assert classify(name, value, path=path, context=context).kind
