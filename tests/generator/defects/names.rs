//! Names that the cloud refuses or changes: sign-in, account and display names, and anchors.

use super::super::draft::{long_domain, padded};
use super::super::kinds::{CONTACT, GROUP, Kind, USER};
use super::super::names::LONG_DOMAIN;

const CHARACTERS: &str = "validation/user-principal-name-characters";
const FORMAT: &str = "validation/user-principal-name-format";
const LENGTH: &str = "validation/user-principal-name-length";
const MISSING: &str = "validation/user-principal-name-missing";
const SUFFIX: &str = "validation/user-principal-name-suffix";
const DISPLAY_NAME: &str = "validation/display-name";
const ANCHOR: &str = "validation/source-anchor";

const fn character(name: &'static str, text: &'static str) -> Kind {
    Kind::defect(CHARACTERS, name, USER, |draft, site| draft.sign_in.insert(format!("{}@{}", site.spoiled_local(), site.domain())).clone())
        .text(text)
}

const fn suffix(name: &'static str, text: &'static str) -> Kind {
    Kind::defect(SUFFIX, name, USER, |draft, site| draft.sign_in.insert(format!("{}@{}", site.local(), site.kind.text)).clone()).text(text)
}

const fn account_name(rule: &'static str, name: &'static str, text: &'static str) -> Kind {
    Kind::defect(rule, name, USER, |draft, site| {
        draft.sign_in = None;
        draft.account_name.insert_str(2, site.kind.text);
        draft.account_name.clone()
    })
    .text(text)
    .also(&[MISSING])
}

pub const KINDS: &[Kind] = &[
    character("sign-in-space", " "),
    character("sign-in-tab", "\t"),
    character("sign-in-control", "\u{7}"),
    character("sign-in-no-break-space", "\u{a0}"),
    character("sign-in-percent", "%"),
    character("sign-in-ampersand", "&"),
    character("sign-in-star", "*"),
    character("sign-in-plus", "+"),
    character("sign-in-slash", "/"),
    character("sign-in-backslash", "\\"),
    character("sign-in-equals", "="),
    character("sign-in-question", "?"),
    character("sign-in-brace", "{"),
    character("sign-in-parenthesis", "("),
    character("sign-in-semicolon", ";"),
    character("sign-in-comma", ","),
    character("sign-in-bracket", "["),
    character("sign-in-quote", "\""),
    character("sign-in-dollar", "$"),
    character("sign-in-backtick", "`"),
    character("sign-in-umlaut", "ü"),
    character("sign-in-combining-accent", "e\u{301}"),
    character("sign-in-cyrillic", "и"),
    Kind::defect(CHARACTERS, "sign-in-trailing-space", USER, |draft, site| {
        draft.sign_in.insert(format!("{}@{} ", site.local(), site.domain())).clone()
    }),
    Kind::defect(FORMAT, "sign-in-no-at", USER, |draft, site| draft.sign_in.insert(format!("{}.{}", site.local(), site.domain())).clone()),
    Kind::defect(FORMAT, "sign-in-two-at", USER, |draft, site| {
        draft.sign_in.insert(format!("{}@mail@{}", site.local(), site.domain())).clone()
    }),
    Kind::defect(FORMAT, "sign-in-nothing-before-at", USER, |draft, site| {
        draft.sign_in.insert(format!("@{}.{}", site.shared_word(), site.domain())).clone()
    }),
    Kind::defect(FORMAT, "sign-in-nothing-after-at", USER, |draft, site| draft.sign_in.insert(format!("{}@", site.local())).clone()),
    Kind::defect(FORMAT, "sign-in-period-before-at", USER, |draft, site| {
        draft.sign_in.insert(format!("{}.@{}", site.local(), site.domain())).clone()
    }),
    Kind::defect(LENGTH, "sign-in-65-before-at", USER, |draft, site| {
        draft.sign_in.insert(format!("{}@{}", padded(&site.local(), 65), site.domain())).clone()
    }),
    Kind::defect(LENGTH, "sign-in-49-after-at", USER, |draft, site| {
        draft.sign_in.insert(format!("{}@{}", site.local(), long_domain(49))).clone()
    }),
    Kind::defect(LENGTH, "sign-in-114-in-all", USER, |draft, site| {
        draft.sign_in.insert(format!("{}@{LONG_DOMAIN}", padded(&site.local(), 65))).clone()
    }),
    Kind::defect(MISSING, "sign-in-missing", USER, |draft, _| {
        draft.sign_in = None;
        String::new()
    }),
    suffix("sign-in-local", "corp.contoso.local"),
    suffix("sign-in-internal", "contoso.internal"),
    suffix("sign-in-lan", "contoso.lan"),
    suffix("sign-in-single-label", "contoso"),
    account_name("validation/sam-account-name-format", "account-name-star", "*"),
    account_name("validation/sam-account-name-format", "account-name-bracket", "["),
    Kind::defect("validation/sam-account-name-length", "account-name-21", USER, |draft, _| {
        draft.sign_in = None;
        draft.account_name = padded(&draft.account_name, 21);
        draft.account_name.clone()
    })
    .also(&[MISSING]),
    Kind::defect("validation/sam-account-name-length", "account-name-21-and-invalid-sign-in", USER, |draft, site| {
        draft.sign_in = Some(format!("{} @{}", site.local(), site.domain()));
        draft.account_name = padded(&draft.account_name, 21);
        draft.account_name.clone()
    })
    .also(&[CHARACTERS]),
    Kind::defect(DISPLAY_NAME, "display-name-blank", USER, |draft, _| draft.display_name.insert(" ".into()).clone()),
    Kind::defect(DISPLAY_NAME, "display-name-blank-group", GROUP, |draft, _| draft.display_name.insert("   ".into()).clone()),
    Kind::defect(DISPLAY_NAME, "display-name-257", USER, |draft, _| draft.display_name.insert(padded(&draft.account_name, 257)).clone()),
    Kind::defect(DISPLAY_NAME, "display-name-257-contact", CONTACT, |draft, _| {
        draft.display_name.insert(padded(&draft.account_name, 257)).clone()
    }),
    Kind::defect(DISPLAY_NAME, "display-name-258-in-utf-16", USER, |draft, _| {
        // 129 characters, but two units each.
        draft.display_name.insert("\u{1f600}".repeat(129)).clone()
    }),
    Kind::defect(ANCHOR, "anchor-missing", USER, |draft, _| {
        (draft.guid, draft.consistency_guid) = (None, None);
        String::new()
    }),
    Kind::defect(ANCHOR, "anchor-too-long", USER, |draft, site| {
        draft.consistency_guid = Some(site.world.guid(site.first()).repeat(4));
        "mS-DS-ConsistencyGuid".to_owned()
    }),
];
