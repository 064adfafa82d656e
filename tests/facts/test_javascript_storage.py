"""Storage facts: exact places, and silence on what only looks alike."""

from __future__ import annotations

import pytest

from readycheck.facts.javascript import extract_javascript, names_a_token
from readycheck.facts.javascript_helpers import StorageHelper


def uses(source: str, path: str = "a.ts") -> list[tuple[int, int, str, str, str]]:
    facts = extract_javascript(path, source.encode())
    return [(use.line, use.column, use.store, use.action, use.key) for use in facts.storage]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("localStorage.setItem('token', t)", (1, 1, "localStorage", "set", "token")),
        ("\n  window.sessionStorage.setItem(`jwt`, t)", (2, 3, "sessionStorage", "set", "jwt")),
        ("globalThis.localStorage?.setItem('a', b)", (1, 1, "localStorage", "set", "a")),
        ("localStorage['setItem']('a', b)", (1, 1, "localStorage", "set", "a")),
        ("localStorage['token'] = t", (1, 1, "localStorage", "set", "token")),
        ("window.localStorage.token = t", (1, 1, "localStorage", "set", "token")),
        ("const K = 'access_token'\nlocalStorage[K] = t", (2, 1, "localStorage", "set", "access_token")),
        ("let x = localStorage.token", (1, 9, "localStorage", "get", "token")),
        ("x(localStorage.getItem('token')!)", (1, 3, "localStorage", "get", "token")),
        ("localStorage.removeItem('token')", (1, 1, "localStorage", "remove", "token")),
        ("delete localStorage.token", (1, 1, "localStorage", "remove", "token")),
        ("localStorage.clear()", (1, 1, "localStorage", "remove", "")),
        ("const s = window.localStorage\ns.setItem('jwt', j)", (2, 1, "localStorage", "set", "jwt")),
        ("(keep ? localStorage : sessionStorage).setItem('jwt', j)", (1, 1, "localStorage", "set", "jwt")),
        ("const s = keep ? localStorage : sessionStorage\ns.setItem('jwt', j)", (2, 1, "localStorage", "set", "jwt")),
        ("enum K { T = 'jwt' }\nlocalStorage.setItem(K.T, v)", (2, 1, "localStorage", "set", "jwt")),
        (
            "const K = { a: { T: 'jwt' } } as const\nlocalStorage.setItem(K.a.T, v)",
            (2, 1, "localStorage", "set", "jwt"),
        ),
        ("class K { static T = 'jwt' }\nlocalStorage.setItem(K.T, v)", (2, 1, "localStorage", "set", "jwt")),
        ("const P = 'app'\nlocalStorage.setItem(`${P}_token`, v)", (2, 1, "localStorage", "set", "app_token")),
        ("localStorage.setItem(`${who.id}:token`, v)", (1, 1, "localStorage", "set", "{who.id}:token")),
        ("localStorage.setItem(prefix + '-jwt', v)", (1, 1, "localStorage", "set", "{prefix}-jwt")),
        ("this.$root.storage().token = t", (1, 1, "storage", "set", "token")),
        ("const pick = () => sessionStorage\npick().setItem('jwt', t)", (2, 1, "sessionStorage", "set", "jwt")),
        ("o = { st() { return a ? localStorage : b } }\nthis.st().token = t", (2, 1, "localStorage", "set", "token")),
        ("f = () => localStorage\nconst s = f()\ns.setItem('jwt', t)", (3, 1, "localStorage", "set", "jwt")),
        ("const [t, setT] = useLocalStorage('token', '')", (1, 19, "localStorage", "set", "token")),
        ("const t = useSessionStorage<string>('token', null)", (1, 11, "sessionStorage", "set", "token")),
    ],
)
def test_each_way_to_use_storage_is_seen_at_its_place(source: str, expected: tuple[int, int, str, str, str]) -> None:
    assert uses(source) == [expected]


@pytest.mark.parametrize(
    "source",
    [
        "// localStorage.setItem('token', t)",
        "const help = \"localStorage.setItem('token', t)\"",
        "cache.setItem('token', t); headers.get('token'); map.set('token', t)",
        "localStorage.length; localStorage.key(0)",
        "Cookies.set('token', t)",
        "const setItem = jest.fn(); setItem('token', t)",
        "class C { get(k: string) { return this.m.get(k) } }\nnew C().get('token')",
    ],
)
def test_what_only_looks_like_storage_is_not(source: str) -> None:
    assert uses(source) == []


def test_storage_of_a_class_field_is_followed() -> None:
    source = (
        "class S {\n  private store: Storage = window.localStorage\n  private readonly key = 'jwt'\n"
        "  save(t: string) { this.store.setItem(this.key, t) }\n}"
    )
    assert uses(source) == [(4, 21, "localStorage", "set", "jwt")]


def test_a_helper_that_passes_its_key_on_makes_its_calls_count() -> None:
    source = (
        "const save = (key: string, value: unknown) => {\n"
        "  localStorage.setItem(key, JSON.stringify(value))\n}\n"
        "save('token', res.data.token)\nsave('theme', theme)\nother.map.save\n"
    )
    facts = extract_javascript("a.ts", source.encode())
    assert facts.helpers == (StorageHelper("save", "", "localStorage", "set", 0, 1, 1),)
    assert [(u.line, u.key, u.value_text, u.via) for u in facts.storage] == [
        (2, "", "value", ""),
        (4, "token", "res.data.token", "save"),
        (5, "theme", "theme", "save"),
    ]


def test_a_method_named_like_everything_counts_only_on_its_owner() -> None:
    source = (
        "export const storage = {\n  get(k) { return localStorage.getItem(k) },\n}\n"
        "storage.get('token')\nheaders.get('token')\n"
    )
    facts = extract_javascript("a.js", source.encode())
    assert [(use.line, use.key, use.via) for use in facts.storage] == [(2, "", ""), (4, "token", "get")]


def test_calls_of_other_files_that_hand_over_a_token_are_offered_to_linking() -> None:
    source = (
        "import { remember, log } from './storage'\nimport { t } from 'i18n'\nconst K = 'auth_token'\n"
        "remember(K, data)\nremember('theme', theme)\nremember('x', res.access_token)\nt('token')\nlog(() => 1)\n"
    )
    found = extract_javascript("a.ts", source.encode()).helper_calls
    assert [(use.line, use.via, use.key, use.key_name, use.value_text) for use in found] == [
        (4, "./storage.remember", "auth_token", "K", "data"),
        (6, "./storage.remember", "x", "", "res.access_token"),
    ]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("localStorage.setItem('a', response.data.access_token)", "response.data.access_token"),
        ("localStorage.setItem('a', JSON.stringify({ theme, token: t }))", "theme theme token t"),
        ("const x = res.token\nlocalStorage.setItem('a', x)", "x res.token"),
        ("localStorage.setItem('a', 'planted-in-a-literal')", ""),
        ("localStorage.setItem('a', parseJwt(token).name)", "?.name"),
        ("localStorage.setItem('a', String(!!token))", ""),
        ("localStorage.setItem('a', (await res.json()).token)", "?.token"),
        ("localStorage.setItem('a', getToken())", "getToken"),
    ],
)
def test_the_stored_value_is_told_by_its_names_alone(source: str, text: str) -> None:
    (use,) = extract_javascript("a.ts", source.encode()).storage
    assert use.value_text == text


def test_a_literal_is_known_as_one_and_its_text_is_gone() -> None:
    (use,) = extract_javascript("a.ts", b"localStorage.setItem('token', 'planted-in-a-literal')").storage
    assert use.literal
    assert "planted" not in repr(use)


def test_a_literal_that_a_server_fills_in_is_none() -> None:
    page = b"<script>localStorage.setItem('k', '{{ user.api_key }}')</script>"
    (use,) = extract_javascript("a.html", page).storage
    assert not use.literal


def persisted(source: str) -> list[tuple[int, str, str, str]]:
    found = extract_javascript("a.ts", source.encode()).storage
    return [(use.line, use.key, use.key_name, use.via) for use in found if use.store == "persist"]


def test_zustand_persists_the_token_of_its_state() -> None:
    source = (
        "import { create } from 'zustand'\nimport { persist, devtools } from 'zustand/middleware'\n"
        "export const useAuth = create<S>()(\n  persist(\n"
        "    (set) => ({ accessToken: null, theme: 'x', setToken: (t) => set(t) }),\n"
        "    { name: 'auth-store' },\n  ),\n)\n"
    )
    assert persisted(source) == [(4, "accessToken", "auth-store", "zustand persist")]


@pytest.mark.parametrize(
    "options",
    [
        "{ name: 'a', partialize: (s) => ({ theme: s.theme }) }",
        "{ name: 'a', storage: createJSONStorage(() => cookieStorage) }",
        "{ name: 'a', storage: createJSONStorage(() => SecureStore) }",
    ],
)
def test_zustand_that_leaves_the_token_out_is_silent(options: str) -> None:
    source = f"import {{ persist }} from 'zustand/middleware'\npersist((set) => ({{ token: '' }}), {options})"
    assert persisted(source) == []


def test_other_state_libraries() -> None:
    assert persisted("persistReducer({ key: 'root', storage, whitelist: ['auth', 'ui'] }, r)") == [
        (1, "auth", "root", "redux-persist")
    ]
    assert persisted("defineStore('user', { state: () => ({ token: '', n: 1 }), persist: true })") == [
        (1, "token", "user", "pinia persist")
    ]
    assert persisted("defineStore('user', { state: () => ({ token: '' }), persist: { pick: ['n'] } })") == []
    assert persisted("defineStore('user', { state: () => ({ token: '' }) })") == []
    assert persisted(
        "defineStore('u', () => { const token = ref(''); return { token, setToken } }, { persist: true })"
    ) == [(1, "token", "u", "pinia persist")]


@pytest.mark.parametrize(
    "text",
    [
        *"""
        token access_token accessToken ACCESS_TOKEN app:jwt refreshToken id_token auth.token @MyApp/authToken
        tokens auth_tokens bearer userCredentials apiKey session user_session response.data.access_token
        token.value auth authData auth-storage currentUserToken ?.token sessionToken password {who.id}:token
        state.auth.token getAccessToken
        """.split(),
        "theme res.token",
    ],
)
def test_words_that_mean_a_token(text: str) -> None:
    assert names_a_token(text)


@pytest.mark.parametrize(
    "text",
    [
        *"""
        theme locale draft tokenizer tokenized csrfToken xsrf-token tokens_used tokenCount designTokens
        theme.tokens.color css-tokens sessionId chat_session_id token_expires_at tokenExpiry authTourSeen
        hasToken isAuthenticated user token_type nextPageToken fcmToken maxTokens tokenPrice
        decodedToken.username author authors JSON.stringify passwordPolicy secretary .... token.symbol
        cancelToken lexer.tokens tokenAddress authProvider bid
        """.split(),
        "",
    ],
)
def test_words_that_do_not(text: str) -> None:
    assert not names_a_token(text)
