//! One value on several objects of one class, in every way an export can write it.

use super::super::draft::padded;
use super::super::kinds::{Kind, USERS, other_case};
use super::super::names::{LONG_DOMAIN, PARTNER_DOMAINS, ROUTING_DOMAIN};
use super::super::world::Class::{Contact, Group, User};

const ADDRESS: &str = "duplicate/proxy-address";
const OTHER_ADDRESS: &str = "duplicate/other-address";
const SIGN_IN: &str = "duplicate/user-principal-name";
const MAIL: &str = "duplicate/mail";
const NAME_AS_ADDRESS: &str = "duplicate/name-as-address";
const ANCHOR: &str = "duplicate/source-anchor";
const SID: &str = "duplicate/security-identifier";
const NICKNAME: &str = "duplicate/mail-nickname";
const TARGET: &str = "duplicate/target-address";

pub const KINDS: &[Kind] = &[
    Kind::defect(ADDRESS, "address-exact", USERS, |draft, site| draft.add_alias(&site.shared())),
    Kind::defect(ADDRESS, "address-groups", &[Group, Group], |draft, site| draft.add_alias(&site.shared())),
    Kind::defect(ADDRESS, "address-contacts", &[Contact, Contact], |draft, site| draft.add_alias(&site.shared())),
    Kind::defect(ADDRESS, "address-triple", &[User, User, User], |draft, site| draft.add_alias(&site.shared())),
    Kind::defect(ADDRESS, "address-disabled", USERS, |draft, site| {
        draft.disabled = site.role == 1;
        draft.add_alias(&site.shared())
    }),
    Kind::defect(ADDRESS, "address-case", USERS, |draft, site| {
        let address = site.shared();
        draft.add_alias(&if site.role == 0 { address } else { other_case(&address) })
    }),
    Kind::defect(ADDRESS, "address-base64", USERS, |draft, site| {
        draft.base64 = (site.role == 1).then_some("proxyAddresses");
        draft.add_alias(&site.shared())
    }),
    Kind::defect(ADDRESS, "address-folded", USERS, |draft, site| {
        // Folded within the address; the other case keeps a search for the bytes from finding it.
        let local = padded(&format!("escalations-{}-", site.first()), 60);
        draft.add_alias(&format!("{}@{LONG_DOMAIN}", if site.role == 0 { local } else { other_case(&local) }))
    }),
    Kind::defect(ADDRESS, "address-primary-and-secondary", USERS, |draft, site| {
        if site.role == 0 {
            draft.sign_in_by_account();
            return draft.addresses[0].clone();
        }
        draft.add_alias(&site.address_of_first())
    }),
    Kind::defect(ADDRESS, "address-both-primary", USERS, |draft, site| {
        let own = site.world.address(site.holders[site.role]);
        let value = draft.replace_primary(&site.shared());
        draft.add_alias(&own);
        value
    }),
    Kind::defect(ADDRESS, "address-padded", USERS, |draft, site| {
        // Entra Connect trims the value before it sends it.
        let value = format!("smtp:{}", site.shared());
        draft.add(if site.role == 0 { value } else { format!("{value} ") })
    }),
    Kind::defect(ADDRESS, "address-routing-domain", USERS, |draft, site| {
        draft.add_alias(&format!("{}@{ROUTING_DOMAIN}", site.shared_word()))
    }),
    Kind::defect(ADDRESS, "address-mail-alone", USERS, |draft, site| draft.mail_only(&site.shared())),
    Kind::defect(ADDRESS, "address-mail-and-secondary", USERS, |draft, site| match site.role {
        0 => draft.mail_only(&site.shared()),
        _ => draft.add_alias(&site.shared()),
    }),
    Kind::defect(OTHER_ADDRESS, "sip", USERS, |draft, site| {
        draft.addresses.retain(|value| !value.starts_with("sip:"));
        draft.add(format!("{}:{}", if site.role == 0 { "sip" } else { "SIP" }, site.shared()))
    }),
    Kind::defect(OTHER_ADDRESS, "x500", USERS, |draft, site| {
        draft.add(format!("X500:/o=Contoso/ou=First Administrative Group/cn=Recipients/cn={}", site.shared_word()))
    }),
    Kind::defect(OTHER_ADDRESS, "x500-case", &[Contact, Contact], |draft, site| {
        let word = site.shared_word();
        let word = if site.role == 0 { word } else { other_case(&word) };
        draft.add(format!("X500:/o=Fabrikam/ou=First Administrative Group/cn=Recipients/cn={word}"))
    }),
    Kind::defect(OTHER_ADDRESS, "eum", USERS, |draft, site| {
        draft.add(format!("eum:{};phone-context=Berlin.contoso.com", 4_000_000 + site.first()))
    }),
    Kind::defect(SIGN_IN, "sign-in-exact", USERS, |draft, site| draft.sign_in.insert(site.shared()).clone()),
    Kind::defect(SIGN_IN, "sign-in-triple", &[User, User, User], |draft, site| draft.sign_in.insert(site.shared()).clone()),
    Kind::defect(SIGN_IN, "sign-in-case", USERS, |draft, site| {
        let name = site.shared();
        draft.sign_in.insert(if site.role == 0 { name } else { other_case(&name) }).clone()
    }),
    Kind::defect(SIGN_IN, "sign-in-base64", USERS, |draft, site| {
        draft.base64 = (site.role == 0).then_some("userPrincipalName");
        draft.sign_in.insert(site.shared()).clone()
    }),
    Kind::defect(SIGN_IN, "sign-in-without-mail", USERS, |draft, site| {
        draft.without_mail();
        draft.sign_in.insert(site.shared()).clone()
    }),
    Kind::defect(MAIL, "mail-hidden-on-both", USERS, |draft, site| draft.mail.insert(site.shared()).clone()),
    Kind::defect(MAIL, "mail-hidden-on-one", USERS, |draft, site| match site.role {
        0 => draft.mail_only(&site.shared()),
        _ => draft.mail.insert(site.shared()).clone(),
    }),
    Kind::defect(MAIL, "mail-of-a-primary", USERS, |draft, site| draft.mail.insert(site.address_of_first()).clone()),
    Kind::defect(MAIL, "mail-case", &[Group, Group], |draft, site| {
        let mail = site.shared();
        draft.mail.insert(if site.role == 0 { mail } else { other_case(&mail) }).clone()
    }),
    Kind::defect(NAME_AS_ADDRESS, "sign-in-is-a-users-alias", USERS, |draft, site| match site.role {
        0 => draft.sign_in.insert(site.shared()).clone(),
        _ => draft.add_alias(&site.shared()),
    }),
    Kind::defect(NAME_AS_ADDRESS, "sign-in-is-a-groups-alias", &[User, Group], |draft, site| match site.role {
        0 => draft.sign_in.insert(site.shared()).clone(),
        _ => draft.add_alias(&other_case(&site.shared())),
    }),
    Kind::defect(ANCHOR, "anchor-consistency-guid", USERS, |draft, site| {
        let mut guid = site.world.guid(site.first());
        guid.reverse();
        draft.consistency_guid = Some(guid.into());
        "mS-DS-ConsistencyGuid".to_owned()
    }),
    Kind::defect(ANCHOR, "anchor-object-guid", USERS, |draft, site| {
        let guid = site.world.guid(site.first());
        draft.consistency_guid = (site.role == 1).then(|| guid.into());
        if site.role == 0 { "objectGUID" } else { "mS-DS-ConsistencyGuid" }.to_owned()
    }),
    Kind::defect(SID, "sid-users", USERS, |draft, site| {
        draft.sid = Some(site.world.sid(site.first()));
        "objectSid".to_owned()
    }),
    Kind::defect(SID, "sid-groups", &[Group, Group], |draft, site| {
        draft.sid = Some(site.world.sid(site.first()));
        "objectSid".to_owned()
    }),
    Kind::defect(NICKNAME, "nickname-exact", USERS, |draft, site| draft.nickname.insert(site.shared_word()).clone()),
    Kind::defect(NICKNAME, "nickname-case", USERS, |draft, site| {
        let word = site.shared_word();
        draft.nickname.insert(if site.role == 0 { word } else { other_case(&word) }).clone()
    }),
    Kind::defect(NICKNAME, "nickname-user-and-group", &[User, Group], |draft, site| draft.nickname.insert(site.shared_word()).clone()),
    Kind::defect(TARGET, "target-users", USERS, |draft, site| {
        draft.target.insert(format!("SMTP:{}@{}", site.shared_word(), PARTNER_DOMAINS[0])).clone()
    }),
    Kind::defect(TARGET, "target-contacts", &[Contact, Contact], |draft, site| {
        let address = format!("{}@{}", site.shared_word(), PARTNER_DOMAINS[1]);
        draft.target.insert(format!("SMTP:{}", if site.role == 0 { address } else { other_case(&address) })).clone()
    }),
    Kind::defect("duplicate/resulting-name", "resulting-name", USERS, |draft, site| {
        // Neither suffix can be verified, so both get the same name at the tenant's initial domain.
        draft.without_mail();
        let part = if site.role == 0 { "corp" } else { "branch" };
        draft.sign_in.insert(format!("{}@{part}.contoso.local", site.shared_word())).clone()
    })
    .also(&["validation/user-principal-name-suffix"]),
];
