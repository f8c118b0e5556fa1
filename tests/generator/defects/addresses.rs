//! Addresses that the cloud drops or refuses: proxyAddresses, mail, mailNickname and targetAddress.

use super::super::draft::{long_domain, padded};
use super::super::kinds::{CONTACT, GROUP, Kind, USER};
use super::super::names::PARTNER_DOMAINS;
use super::super::world::Class;

const FORMAT: &str = "validation/proxy-address-format";
const LENGTH: &str = "validation/proxy-address-length";
const PRIMARY: &str = "validation/proxy-address-primary";
const DOMAIN: &str = "validation/proxy-address-domain";
const MAIL: &str = "validation/mail-format";
const NICKNAME: &str = "validation/mail-nickname-format";
const TARGET: &str = "validation/target-address-format";

/// A secondary address with a text inside its local part.
const fn spoiled(name: &'static str, holders: &'static [Class], text: &'static str) -> Kind {
    Kind::defect(FORMAT, name, holders, |draft, site| draft.add_alias(&format!("alias.{}@{}", site.spoiled_local(), site.domain())))
        .text(text)
}

/// A further value at a domain that is not the organisation's to verify.
const fn at_domain(name: &'static str, text: &'static str) -> Kind {
    Kind::defect(DOMAIN, name, USER, |draft, site| draft.add_alias(&format!("{}@{}", site.local(), site.kind.text))).text(text)
}

const fn mail(name: &'static str, text: &'static str) -> Kind {
    Kind::defect(MAIL, name, USER, |draft, site| draft.mail.insert(format!("{}@{}", site.spoiled_local(), site.domain())).clone())
        .text(text)
}

const fn nickname(name: &'static str, holders: &'static [Class], text: &'static str) -> Kind {
    Kind::defect(NICKNAME, name, holders, |draft, site| draft.nickname.insert(site.spoiled_local()).clone()).text(text)
}

const fn target(name: &'static str, text: &'static str) -> Kind {
    Kind::defect(TARGET, name, CONTACT, |draft, site| {
        draft.target.insert(format!("SMTP:{}@{}", site.spoiled_local(), PARTNER_DOMAINS[0])).clone()
    })
    .text(text)
}

pub const KINDS: &[Kind] = &[
    spoiled("address-space", USER, " "),
    spoiled("address-space-group", GROUP, " "),
    spoiled("address-tab", USER, "\t"),
    spoiled("address-angle", USER, "<"),
    spoiled("address-parenthesis", USER, "("),
    spoiled("address-comma", USER, ","),
    spoiled("address-semicolon", USER, ";"),
    spoiled("address-quote", USER, "\""),
    spoiled("address-bracket", USER, "["),
    spoiled("address-umlaut", USER, "ä"),
    spoiled("address-two-at", USER, "@"),
    spoiled("address-second-colon", USER, ":"),
    Kind::defect(FORMAT, "address-without-scheme", USER, |draft, site| draft.add(format!("alias.{}@{}", site.local(), site.domain()))),
    Kind::defect(FORMAT, "address-without-scheme-group", GROUP, |draft, site| {
        draft.add(format!("alias.{}@{}", site.local(), site.domain()))
    }),
    Kind::defect(FORMAT, "address-empty", USER, |draft, _| draft.add("smtp:".into())),
    Kind::defect(FORMAT, "address-without-at", USER, |draft, site| draft.add_alias(&site.shared_word())),
    Kind::defect(FORMAT, "address-space-after-scheme", USER, |draft, site| {
        draft.add_alias(&format!(" alias.{}@{}", site.local(), site.domain()))
    }),
    Kind::defect(FORMAT, "address-x500-bracket", USER, |draft, site| {
        draft.add(format!("X500:/o=Contoso/ou=External [old]/cn=Recipients/cn={}", site.shared_word()))
    }),
    Kind::defect(FORMAT, "address-x500-control", USER, |draft, site| {
        draft.add(format!("X500:/o=Contoso/ou=External\u{b}/cn=Recipients/cn={}", site.shared_word()))
    }),
    Kind::defect(LENGTH, "address-257", CONTACT, |draft, site| {
        draft.add(format!("smtp:{}@{}", padded(&site.shared_word(), 31), long_domain(220)))
    }),
    Kind::defect(LENGTH, "address-x500-257", USER, |draft, site| {
        draft.add(padded(&format!("X500:/o=Contoso/ou=External/cn=Recipients/cn={}-", site.shared_word()), 257))
    }),
    Kind::defect(PRIMARY, "address-two-primaries", USER, |draft, site| draft.add(format!("SMTP:{}", site.shared()))),
    Kind::defect(PRIMARY, "address-two-primaries-group", GROUP, |draft, site| draft.add(format!("SMTP:{}", site.shared()))),
    Kind::defect(PRIMARY, "address-three-primaries-contact", CONTACT, |draft, site| {
        draft.add(format!("SMTP:second.{}", site.shared()));
        draft.add(format!("SMTP:third.{}", site.shared()))
    }),
    at_domain("address-local", "mail.contoso.local"),
    at_domain("address-internal", "exchange.internal"),
    at_domain("address-single-label", "mailserver"),
    Kind::defect(DOMAIN, "address-local-in-mail", USER, |draft, site| draft.mail_only(&format!("{}@mail.contoso.local", site.local()))),
    mail("mail-space", " "),
    mail("mail-two-at", "@"),
    mail("mail-bracket", "["),
    Kind::defect(MAIL, "mail-without-at", USER, |draft, site| draft.mail.insert(site.shared_word()).clone()),
    Kind::defect(MAIL, "mail-without-at-group", GROUP, |draft, site| draft.mail.insert(site.shared_word()).clone()),
    Kind::defect("validation/mail-length", "mail-257", USER, |draft, site| {
        draft.mail.insert(format!("{}@{}", padded(&site.shared_word(), 36), long_domain(220))).clone()
    }),
    nickname("nickname-space", USER, " "),
    nickname("nickname-space-group", GROUP, " "),
    nickname("nickname-at", USER, "@"),
    nickname("nickname-comma", USER, ","),
    nickname("nickname-parenthesis", USER, "("),
    nickname("nickname-umlaut", USER, "ö"),
    Kind::defect(NICKNAME, "nickname-period-first", USER, |draft, site| draft.nickname.insert(format!(".{}", site.local())).clone()),
    Kind::defect(NICKNAME, "nickname-period-last", USER, |draft, site| draft.nickname.insert(format!("{}.", site.local())).clone()),
    Kind::defect("validation/mail-nickname-length", "nickname-65", USER, |draft, site| {
        draft.nickname.insert(padded(&site.shared_word(), 65)).clone()
    }),
    target("target-space", " "),
    target("target-two-at", "@"),
    target("target-comma", ","),
    Kind::defect(TARGET, "target-without-at", CONTACT, |draft, site| draft.target.insert(format!("SMTP:{}", site.shared_word())).clone()),
    Kind::defect(TARGET, "target-without-at-user", USER, |draft, site| draft.target.insert(format!("SMTP:{}", site.shared_word())).clone()),
    Kind::defect("validation/target-address-length", "target-257", CONTACT, |draft, site| {
        draft.target.insert(format!("SMTP:{}@{}", padded(&site.shared_word(), 31), long_domain(220))).clone()
    }),
];
