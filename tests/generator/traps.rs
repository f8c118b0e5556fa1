//! What looks like a defect and is none: the near side of every limit, odd but legal values, objects that are not
//! exported.

use super::defects::{fill_addresses, set};
use super::draft::{Draft, long_domain, padded};
use super::kinds::{CONTACT, Kind, Site, USER, USERS};
use super::names::{EVERYDAY_DOMAINS, LONG_DOMAIN, MAIL_DOMAINS};
use super::world::Class::{Computer, Contact, Group, User};

/// Gives the second holder everything that must be unique of the first, a user; the first stays as it is.
fn twin(draft: &mut Draft, site: &Site) -> String {
    let address = site.address_of_first();
    if site.role > 0 {
        draft.replace_primary(&address);
        draft.mail = Some(address.clone());
        draft.nickname = Some(site.world.local(site.first()));
        if draft.class != Group {
            draft.sign_in = Some(address.clone());
        }
    }
    address
}

const fn sign_in(name: &'static str, text: &'static str) -> Kind {
    Kind::trap(name, USER, |draft, site| draft.sign_in.insert(format!("{}@{}", site.spoiled_local(), site.domain())).clone()).text(text)
}

const fn alias(name: &'static str, text: &'static str) -> Kind {
    Kind::trap(name, USER, |draft, site| draft.add_alias(&format!("{}@{}", site.spoiled_local(), site.domain()))).text(text)
}

pub const KINDS: &[Kind] = &[
    // The near side of every limit.
    Kind::trap("certificates-15", USER, |draft, _| set(&mut draft.certificates, 15)),
    Kind::trap("certificates-15-contact", CONTACT, |draft, _| set(&mut draft.certificates, 15)),
    Kind::trap("smime-certificates-15", USER, |draft, _| set(&mut draft.smime_certificates, 15)),
    Kind::trap("photo-102400", USER, |draft, _| set(&mut draft.photo, 102_400)),
    Kind::trap("addresses-300", USER, |draft, _| fill_addresses(draft, 300)),
    Kind::trap("address-256", CONTACT, |draft, site| draft.add(format!("smtp:{}@{}", padded(&site.shared_word(), 30), long_domain(220)))),
    Kind::trap("address-x500-256", USER, |draft, site| {
        draft.add(padded(&format!("X500:/o=Contoso/ou=External/cn=Recipients/cn={}-", site.shared_word()), 256))
    }),
    Kind::trap("mail-256", CONTACT, |draft, site| {
        draft.mail.insert(format!("{}@{}", padded(&site.shared_word(), 35), long_domain(220))).clone()
    }),
    Kind::trap("nickname-64", USER, |draft, site| draft.nickname.insert(padded(&site.shared_word(), 64)).clone()),
    Kind::trap("target-256", CONTACT, |draft, site| {
        draft.target.insert(format!("SMTP:{}@{}", padded(&site.shared_word(), 30), long_domain(220))).clone()
    }),
    Kind::trap("display-name-256", USER, |draft, _| draft.display_name.insert(padded(&draft.account_name, 256)).clone()),
    Kind::trap("display-name-256-in-utf-16", USER, |draft, _| {
        // 512 bytes, 128 characters, 256 units.
        draft.display_name.insert("\u{1f600}".repeat(128)).clone()
    }),
    Kind::trap("sign-in-64-before-at", USER, |draft, site| {
        draft.sign_in.insert(format!("{}@{}", padded(&site.local(), 64), site.domain())).clone()
    }),
    Kind::trap("sign-in-113-in-all", USER, |draft, site| {
        draft.sign_in.insert(format!("{}@{LONG_DOMAIN}", padded(&site.local(), 64))).clone()
    }),
    // Odd but legal.
    sign_in("sign-in-apostrophe", "'"),
    sign_in("sign-in-all-punctuation", "'-_!#^~"),
    sign_in("sign-in-two-periods", ".."),
    Kind::trap("sign-in-period-first", USER, |draft, site| draft.sign_in.insert(format!(".{}@{}", site.local(), site.domain())).clone()),
    Kind::trap("sign-in-capitals", USER, |draft, site| draft.sign_in.insert(site.world.address(site.first()).to_ascii_uppercase()).clone()),
    alias("address-plus", "+news"),
    alias("address-apostrophe", "'"),
    Kind::trap("address-x400-spaces", USERS, |draft, _| {
        // The cloud drops X400, so that two objects may share it.
        draft.add("X400:C=US;A= ;P=Contoso;O=Old Exchange;S=Smith;G=Anna;".into())
    }),
    Kind::trap("address-x500-spaces", USER, |draft, site| {
        draft.add(format!("x500:/o=Contoso/ou=First Group (old)/cn=Recipients/cn=O'Hara {}", site.first()))
    }),
    Kind::trap("address-between-blanks", USER, |draft, site| draft.add(format!(" smtp:alias.{}@{} ", site.local(), site.domain()))),
    Kind::trap("routing-domain", USER, |draft, _| {
        draft.addresses.iter().find(|value| value.ends_with(".onmicrosoft.com")).cloned().unwrap_or_default()
    }),
    Kind::trap("address-local-contact", CONTACT, |draft, site| {
        // Contacts are outside by nature.
        draft.add_alias(&format!("{}@partner.local", site.local()))
    }),
    Kind::trap("same-value-everywhere", USER, |draft, site| {
        // Mail, primary address and sign-in name are one; only their case differs.
        let address = site.address_of_first();
        draft.mail = Some(address.to_ascii_lowercase());
        draft.sign_in = Some(address.to_ascii_uppercase());
        draft.replace_primary(&address)
    }),
    Kind::trap("sip-is-own-address", USER, |draft, site| {
        draft.addresses.retain(|value| !value.starts_with("sip:"));
        draft.add(format!("SIP:{}", site.address_of_first()))
    }),
    Kind::trap("same-local-other-domain", USERS, |draft, site| {
        let domain = MAIL_DOMAINS[(site.first() + site.role) % EVERYDAY_DOMAINS];
        draft.add_alias(&format!("{}@{domain}", site.shared_word()))
    }),
    Kind::trap("same-display-name", USERS, |draft, _| draft.display_name.insert("Reception Desk".into()).clone()),
    Kind::trap("display-name-not-ascii", USER, |draft, _| {
        let name = format!("Ünïcödé Nâme {}", draft.common_name);
        draft.display_name.insert(name).clone()
    }),
    Kind::trap("display-name-absent", USER, |draft, _| {
        draft.display_name = None;
        String::new()
    }),
    // Values that only count together with another one.
    Kind::trap("account-name-25-with-sign-in", USER, |draft, _| {
        draft.account_name = padded(&draft.account_name, 25);
        draft.account_name.clone()
    }),
    Kind::trap("account-name-star-with-sign-in", USER, |draft, _| {
        draft.account_name.insert(2, '*');
        draft.account_name.clone()
    }),
    Kind::trap("certificates-without-nickname", USER, |draft, _| {
        draft.without_mail();
        set(&mut draft.certificates, 16)
    }),
    Kind::trap("target-without-nickname", USER, |draft, site| {
        draft.without_mail();
        draft.target.insert(format!("SMTP:{}", site.shared_word())).clone()
    }),
    // Objects that are not exported hold nothing.
    Kind::trap("computer-with-a-users-address", &[User, Computer], twin),
    Kind::trap("computer-with-20-certificates", &[Computer], |draft, _| set(&mut draft.certificates, 20)),
    Kind::trap("admin-description-user", USERS, |draft, site| {
        draft.admin_description = (site.role == 1).then(|| "User_from_another_directory".into());
        twin(draft, site)
    }),
    Kind::trap("admin-description-case", USERS, |draft, site| {
        draft.admin_description = (site.role == 1).then(|| "user_from_another_directory".into());
        twin(draft, site)
    }),
    Kind::trap("admin-description-group", &[User, Group], |draft, site| {
        draft.admin_description = (site.role == 1).then(|| "Group_from_another_directory".into());
        twin(draft, site)
    }),
    Kind::trap("critical-system-object", USERS, |draft, site| {
        draft.critical = site.role == 1;
        twin(draft, site)
    }),
    Kind::trap("arbitration-mailbox", USERS, |draft, site| {
        if site.role == 1 {
            draft.recipient_type = Some(0x80_0000);
        }
        twin(draft, site)
    }),
    Kind::trap("service-account-of-connect", USERS, |draft, site| {
        if site.role == 1 {
            draft.account_name.insert_str(0, "MSOL_");
        }
        twin(draft, site)
    }),
    // Two records, one person.
    Kind::trap("contact-with-a-users-mail", &[User, Contact], |draft, site| {
        let address = site.address_of_first();
        if site.role == 1 { draft.mail_only(&address) } else { address }
    }),
    Kind::trap("contact-of-gal-sync", &[User, Contact], |draft, site| {
        let address = site.address_of_first();
        if site.role == 1 {
            draft.replace_primary(&address);
            draft.mail = Some(address.clone());
            draft.target = Some(format!("SMTP:{address}"));
        }
        address
    }),
    Kind::trap("linked-mailbox", USERS, |draft, site| {
        let address = site.address_of_first();
        if site.role == 0 {
            return draft.mail_only(&address);
        }
        draft.disabled = true;
        draft.recipient_type = Some(2);
        draft.master_sid = Some(site.world.sid(site.first()));
        draft.mail = Some(address.clone());
        draft.replace_primary(&address)
    }),
];
