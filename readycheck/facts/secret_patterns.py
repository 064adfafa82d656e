"""The shapes that strings under secret names take, as compiled patterns and word lists."""

from __future__ import annotations

from readycheck.facts.lazily import lazy

TEST_PATH = lazy(
    r"(?:^|/)(?:tests?|__tests__|specs?|e2e|cypress|testing|fixtures?|testdata|test-data|mocks?|__mocks__|"
    r"__snapshots__|cassettes|unittests?|integration-tests?|playwright)/|"
    r"(?:^|/)(?:test_[^/]*|tests?\.\w+|conftest\.py|[^/]*(?:_test|_tests|test_settings|tests_settings)\.\w+|"
    r"[^/]*[.\-](?:test|spec|cy|e2e)\.\w+)$"
)

NEVER = frozenset("true false yes no on off none null nil undefined nan n/a - ~ {} [] () \"\" '' bool boolean".split())

STOP_VALUES = frozenset(
    "ldap oidc saml sso external unusable "
    "string str text int integer number bytes any object array secretstr bearer basic digest jwt oauth oauth2 apikey "
    "api-key api_key hidden visible required optional invalid missing disabled enabled unset empty include omit "
    "same-origin read write inherit auto always never prompt ask current-password new-password one-time-code header "
    "headers cookie query body form plain plaintext sha1 sha256 sha512 md5 hs256 rs256 bcrypt scrypt argon2 base64 hex "
    "scram-sha-256 url uri uuid email username user-password current new old confirm reset forgot unknown error "
    "warning "
    "incorrect charfield textfield varchar varchar(255) password_reset input textinput field char secret_key valid "
    "encrypted hashed protected private public local session sessiontoken access refresh id_token access_token "
    "refresh_token client_credentials authorization_code authorization identifier keyword literal operator eof".split()
)

KNOWN_PHRASES = frozenset({"keyboard cat", "keyboard-cat", "correct horse battery staple"})
# `my super secret key`: words that people write in place of a key, in lower case as no label would be.
SAID_PHRASE = lazy(
    r"^(?:super|very|my|our|top|so|some|not so)(?: (?:super|very|top|secret|secure|private|jwt|session|cookie|signing|"
    r"signature|encryption|auth|token|app|api|flask|django|key|password|passphrase|phrase|string|salt|local|dev)){1,6}$"
)
KNOWN_DEFAULTS = frozenset(
    "admin admin123 admin1234 administrator root toor guest user password password1 password12 password123 passw0rd "
    "p@ssw0rd p@ssword pass pass123 pass1234 passwd pwd 123 1234 12345 123456 1234567 12345678 123456789 1234567890 "
    "secret secret123 secretpassword supersecret supersecretpassword mysecret mysecretpassword mysecretkey secretkey "
    "changeit default postgres postgresql mysql mariadb mongo mongodb redis rabbitmq minio minioadmin minio123 "
    "prom-operator grafana keycloak airflow elastic elasticsearch neo4j clickhouse sentry nextcloud wordpress test "
    "test123 testing qwerty qwerty123 letmein welcome welcome1 welcome123 abc123 abcd1234 monkey dragon master sa "
    "oracle tomcat manager system demo dev development local localdev foobar foo bar hunter2 trustno1 1q2w3e4r "
    "postgrespassword rootpassword rootpass adminpassword adminpass userpassword dbpassword testpassword testpass "
    "redispassword nexus3 sonar jenkins gitlab backend app application service docker vagrant ubuntu raspberry".split()
)

PERSONAL = frozenset(
    "my super very top strong secure safe ultra our some dev insecure unsafe long random dummy fake mock test".split()
)

REFERENCE = lazy(
    r"(?:/(?:var/)?run/secrets/|/etc/|/secrets?/|/vault/|file:|\$__(?:file|env|vault)\{|vault:|vault/|op://|ssm:|aws-?sm:|sm://|secret://|"
    r"arn:aws|projects/[^/\s]{1,80}/secrets/|resolve:|env:|env\.|process\.env\b|import\.meta\.env|os\.environ|"
    r"os\.getenv|"
    r"getenv\(|keyring:|ENC\[|\$ANSIBLE_VAULT|@Microsoft\.KeyVault|\{cipher\}|ref\+|awskms:|gcpkms:|\$\{\{|"
    r"secrets?\.[A-Z]|"
    r"settings\.|config\.|self\.|this\.|var\.|local\.|data\.|module\.|params\.|!(?:Ref|Sub|GetAtt|vault|secret|env)\b|"
    r"[A-Za-z_][\w.]{0,80}\([^()]{0,200}\)$|vault_|lookup\()"
)
FILE_NAME = lazy(
    r"^[\w./\\~:\-@ ]{1,200}\.(?:pem|key|crt|cer|p12|pfx|jks|json|ya?ml|txt|env|toml|ini|conf|cfg|sh|py|jsx?|tsx?|"
    r"html?|"
    r"css|scss|svg|png|pub|secret|md|xml|php|vue|rb|sql|gpg|asc|tpl|tmpl|log|csv|db|sqlite3?)$"
)
PATH = lazy(r"^(?:~|\.{1,2})?(?:[/\\][\w.@:$*{}+\-]{0,100}){1,40}$")
TEMPLATE = lazy(
    r"^\$[({]|\$\{[\w.:\-]{1,80}\}|\{\{|\}\}|%\(\w{1,60}\)[sd]|^%[sdrv]$|^%\w{1,60}%$|<%|#\{|^`|^@[A-Z_]{2,60}@$|"
    r"\$\((?:[<(\"'$\s]|[\w./\-]{1,100}(?:[\s)|;]|$))|"
    r"^\{[\w.!:\[\]'\"]{0,80}\}$|^\$[A-Z_][A-Z0-9_]{1,60}$|^__[A-Z_]{2,60}__$|^\$\$|^\$env:|"
    r"\{(?:[a-z_]{0,40}(?:pass|pwd|secret|token|key)[a-z_]{0,40}|0|1)\}|^\{\w[^{}]{0,80}\}"
)
BARE_VARIABLE = lazy(r"^[$@][A-Za-z_]\w{0,80}[,;]?$|^\$\d$|^\*\w{1,60}$")
DJANGO_INSECURE = lazy(r"^django-insecure-.{8}")
PLACEHOLDER = lazy(
    r"change[-_. ]?(?:me|this|that|in|for|before|now|your|on)(?![a-z]{3}\d)|^<[^<>]{1,120}>$|<[a-z][\w \-.]{1,60}>|"
    r"^\[[^\]]{0,80}\]$|\byour[-_ ]|[-_]your[-_]|^(?:your|my)(?:password|secret|token|key|api)?(?:here)?$|^your|"
    r"replace[-_ ]?(?:me|with|this|by|in|it)|^replace|^x{3,}$|x{4,}|[-_:]x{3}\b|\*{3,}|^\*{1,2}$|\.\.\.|…|^[•●·]{2,}|"
    r"example|\bsample\b|placeholder|\btodo\b|fixme|^tb[da]$|redacted|^masked$|^removed$|\binsert[-_ ]|^enter[-_ ]|"
    r"\bput[-_ ]?(?:your|here|in|a)|\bfill[-_ ]?(?:me|in)\b|^set[-_ ]?(?:me|this|in|a|your|via)\b|[-_ ]here\b|here$|"
    r"^generate|[-_<]generate|some[-_ ]?(?:random|long|strong|secret|password|string|token|key|value)|"
    r"random[-_ ]?(?:string|secret|key|password|value|char)|not[-_ ]?(?:set|used|needed|required|real|a[-_ ]real)|"
    r"^[-_.=#?/\\,+~ ]{1,200}$|^0{4,}$|^(?:key|token|secret|password|pass|value|api[-_]?key)[-_]?(?:here|"
    r"goes[-_]?here)|"
    r"^(?:sk|pk|rk|ghp|gho|glpat|xoxb)[-_](?:\W{0,10}|x{1,60}|test|abc\w{0,10}|1234\w{0,10})$"
)
PLAIN_URL = lazy(r"^[A-Za-z][A-Za-z0-9+.\-]{0,30}://[^@\s]{0,3000}$")
NOT_A_SECRET = lazy(
    r"^[a-z]{2,12}/[a-z0-9.+\-]{2,60}(?:;|$)|^sha(?:1|256|384|512)[-:]|"
    r"^\$(?:2[abxy]|apr1|argon2\w{0,3}|[1567])\$|^(?:pbkdf2|bcrypt|argon2|scrypt|md5|sha1)\w{0,20}[$:]|^\{S?SHA|"
    r"^ssh-(?:rsa|ed25519|dss) |^-----BEGIN (?:RSA )?(?:PUBLIC KEY|CERTIFICATE)|"
    r"\\[dwsb]|\(\?[:=!P<]|\[\^|^\^.{0,300}\$$|"
    r"\[a-z|\[0-9|\.\*|\.\+|^[#.][A-Za-z_][\w\-]{1,60}$|^\w{1,20}\[\w{1,20}[\^$*]?=|^</?\w|"
    r"^[A-Za-z_]\w{0,40}(?:\.[A-Za-z_]\w{0,40}){2,12}$|"
    r"^[a-z_][a-z0-9_\-]{1,40}\.[a-z_][a-z0-9_\-]{1,40}$|^[A-Z]{2,30}(?:_[A-Z0-9]{1,30}){1,12}$|^v?\d{1,4}\.\d{1,4}\.\d{1,4}[-+]|"
    r"^0x[0-9a-fA-F]{40}$|^[\w\-]{1,60}:[\w\-]{1,60}:[\w\-:]{1,120}$|"
    r"^/[\w/:{}<>.\-*?=&]{0,200}$|^\d{1,2}[smhd]$|"
    r"^v?\d{1,5}(?:\.\d{1,5}){1,3}$|=>|\(\)|^[,;:|()\[\]{}<>+*/\\=&^%!?.'\"`~\-]{1,8}$|"
    r"^[\w.+\-]{1,64}@[\w\-]{1,64}(?:\.[\w\-]{1,64}){1,5}$|^[\w:]{1,60}::\w{1,60}|^\w{1,40}\[\w{0,40}\]?$|"
    r"\\u[0-9a-f]{4}"
)
IDENTIFIER = lazy(r"^_{0,2}[A-Za-z][A-Za-z_\-]{0,80}$")
LABEL = lazy(r"^[A-Z][a-z]{1,30}[.?:…]$")
SNAKE = lazy(r"^(?:[a-z]{1,60}[_-]){2,20}[a-z]{1,60}$")
BASE32 = lazy(r"^[A-Z2-7]{16,128}={0,6}$")
ONE_WORD = lazy(r"^[\w\-+/=.~!@#$%^&*:]{6,400}$")
PRETENDED = lazy(r"^(?:dummy|fake|mock|stub)|(?:^|[-_.])(?:dummy|fake|mock|stub)(?:[-_.\d]|$)")
#: Keys that their makers publish for tests: of Azurite, of reCAPTCHA and of Turnstile.
PUBLISHED = lazy(r"^(?:Eby8vdM02xNOcqFl|6LeIxAcTAAAAA|[123]x0{8,40})")
#: What people type when a key is asked for and any will do.
TYPED = lazy(r"0?123456789|abcdef0?123456|asdfgh|qwerty")
FAKE = lazy(
    r"^(?:test|dummy|fake|mock|foo|bar|baz|spam|foobar|stub)|(?:^|[-_.])(?:test|testing|dummy|fake|mock|"
    r"stub)(?:[-_.\d]|$)|"
    r"test$|(?:^|[_-])(?:abc|xyz|asdf?|qwe|aaa+|bbb+)\d{0,4}$|^(?:a|b|x|y|z)$|test(?:password|pass|secret|token|key)|"
    r"not[-_]?so[-_]?secret|(?:password|secret|token|key)[-_]?test"
)
WEAK_KEY = lazy(
    r"secret|password|passw0rd|insecure|unsafe|(?:^|[-_])(?:dev|local|default|dummy|fake|test|admin|demo)(?:[-_]|$)|"
    r"(?:jwt|token|signing|encryption|api|master|super)[-_]?key|^(?:dummy|fake)"
)
UUID = lazy(r"^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")
HEX = lazy(r"^[0-9a-fA-F]+$")
LETTERS = lazy(r"[A-Z]?[a-z]{3,200}|[A-Z]{4,200}")
CONSONANTS = lazy(r"[bcdfghjklmnpqrstvwxz]{5}|q[^u]|[jvwxz]{2}[bcdfghjklmnpqrstvwxz]")
CLASSES = (lazy(r"[a-z]"), lazy(r"[A-Z]"), lazy(r"[0-9]"), lazy(r"[^A-Za-z0-9_\-./]"))
