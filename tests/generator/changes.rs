//! What can become of an object between two exports: what the next synchronisation cannot take, and what only looks like it.

use super::draft::Draft;
use super::names::{FEDERATED_DOMAINS, LEAVERS, MAIL_DOMAINS, NEW_ROOT};
use super::world::{Class, World};

/// One kind of change. Its holder is healthy before it.
pub struct Change {
    /// Its name.
    pub name: &'static str,
    /// The rule that must report it; none for what no rule reports: what comes to nothing, and single deletions.
    pub rule: Option<&'static str>,
    /// The attribute that the rule names.
    pub attribute: &'static str,
    /// The class of its holder, before it.
    pub class: Class,
    /// Which objects can be its holder.
    pub suits: fn(&Draft) -> bool,
    /// What the holder is afterwards; without it, the holder is gone.
    pub apply: Option<Apply>,
}

/// Changes the holder.
pub type Apply = fn(&mut Draft, &World);

/// Objects that are created later have the identifiers of numbers that no object has.
const NEW_IDENTITY: usize = 1 << 31;

/// Every kind, in a fixed order.
pub const ALL: &[Change] = &[
    // Another source anchor.
    anchor("anchor-written", Class::User, "mS-DS-ConsistencyGuid", any, |draft, world| {
        draft.consistency_guid = Some(world.guid(draft.number + NEW_IDENTITY).into());
    }),
    anchor("anchor-of-group-written", Class::Group, "mS-DS-ConsistencyGuid", is_exported_group, |draft, world| {
        draft.consistency_guid = Some(world.guid(draft.number + NEW_IDENTITY).into());
    }),
    anchor("anchor-cleared", Class::User, "objectGUID", has_own_anchor, |draft, _| draft.consistency_guid = None),
    anchor("user-re-created", Class::User, "objectGUID", any, re_create),
    anchor("group-re-created", Class::Group, "objectGUID", is_exported_group, re_create),
    anchor("contact-re-created", Class::Contact, "objectGUID", any, re_create),
    anchor("user-from-another-forest", Class::User, "objectGUID", any, move_to_forest),
    silent(
        "anchor-set-to-guid",
        Class::User,
        |draft| draft.consistency_guid.is_none(),
        |draft, _| {
            draft.consistency_guid = draft.guid.map(Vec::from);
        },
    ),
    silent("anchor-equal-to-guid-cleared", Class::User, has_guid_as_anchor, |draft, _| draft.consistency_guid = None),
    silent("user-re-created-with-former-anchor", Class::User, any, |draft, world| {
        let anchor = draft.anchor().map(<[u8]>::to_vec);
        re_create(draft, world);
        draft.consistency_guid = anchor;
    }),
    silent("user-from-another-forest-with-former-anchor", Class::User, any, |draft, world| {
        let anchor = draft.anchor().map(<[u8]>::to_vec);
        move_to_forest(draft, world);
        draft.consistency_guid = anchor;
    }),
    silent("restored-after-deletion", Class::User, any, |draft, _| {
        // A restored object has its identifiers, and lies in a container of its own at first.
        draft.containers = vec!["Restored", "Accounts"];
        draft.disabled = true;
    }),
    // Deletions.
    gone("user-deleted", Class::User, any),
    gone("group-deleted", Class::Group, is_exported_group),
    gone("contact-deleted", Class::Contact, any),
    gone("computer-deleted", Class::Computer, any),
    silent("user-replaced-under-another-name", Class::User, any, |draft, world| {
        re_create(draft, world);
        draft.common_name.push_str(" (new)");
    }),
    silent("admin-description-of-user", Class::User, any, |draft, _| {
        draft.admin_description = Some("User_not_synchronised".to_owned());
    }),
    silent("admin-description-of-group", Class::Group, is_exported_group, |draft, _| {
        draft.admin_description = Some("Group_not_synchronised".to_owned());
    }),
    silent("contact-without-mail", Class::Contact, any, |draft, _| draft.without_mail()),
    silent("distribution-group-without-mail", Class::Group, is_distribution_list, |draft, _| draft.without_mail()),
    silent("user-moved-to-leavers", Class::User, any, |draft, _| draft.containers = vec![LEAVERS]),
    // Names and addresses.
    Change {
        rule: Some("change/federated-domain"),
        attribute: "userPrincipalName",
        ..silent("federated-domain", Class::User, is_federated, |draft, _| draft.sign_in_at(FEDERATED_DOMAINS[1]))
    },
    silent("from-federated-to-managed-domain", Class::User, is_federated, |draft, _| draft.sign_in_at(MAIL_DOMAINS[3])),
    silent("user-renamed", Class::User, has_mailbox, |draft, _| {
        let domain = draft.domain_of_sign_in().to_owned();
        let address = format!("newly.wed.{}@{domain}", draft.number);
        draft.replace_primary(&address);
        draft.common_name = format!("Newly Wed {}", draft.number);
        draft.display_name = Some(draft.common_name.clone());
        draft.account_name = format!("wed{}", draft.number);
        draft.nickname = Some(format!("newly.wed.{}", draft.number));
        draft.sign_in = Some(address.clone());
        draft.mail = Some(address);
    }),
    silent("user-in-another-department", Class::User, any, |draft, _| draft.containers = vec!["Board", "Accounts"]),
    // The class of what has an address or an anchor.
    of_class("address-from-contact-to-user", Class::Contact, "proxyAddresses", any, |draft, world| {
        become_user(draft, world);
    }),
    of_class("address-from-user-to-contact", Class::User, "proxyAddresses", has_mailbox, |draft, world| {
        let address = draft.become_another(world, Class::Contact);
        draft.target = Some(format!("SMTP:{address}"));
        (draft.sid, draft.sign_in) = (None, None);
        draft.containers = vec!["External", "Contacts"];
    }),
    of_class("address-from-user-to-group", Class::User, "proxyAddresses", has_mailbox, |draft, world| {
        draft.become_another(world, Class::Group);
        draft.sign_in = None;
        draft.containers = vec!["Shared", "Groups"];
    }),
    of_class("anchor-from-user-to-group", Class::User, "mS-DS-ConsistencyGuid", has_mailbox, |draft, world| {
        let anchor = draft.anchor().map(<[u8]>::to_vec);
        draft.become_another(world, Class::Group);
        draft.consistency_guid = anchor;
        draft.sign_in = None;
        draft.containers = vec!["Shared", "Groups"];
    }),
    // Groups.
    Change {
        rule: Some("change/group-mail-removed"),
        attribute: "mail",
        ..silent(
            "security-group-without-mail",
            Class::Group,
            |draft| draft.security && draft.mail.is_some(),
            |draft, _| draft.without_mail(),
        )
    },
    silent(
        "group-with-another-address",
        Class::Group,
        |draft| draft.mail.is_some(),
        |draft, _| {
            let address = format!("renamed.list.{}@{}", draft.number, MAIL_DOMAINS[0]);
            draft.replace_primary(&address);
            draft.mail = Some(address);
        },
    ),
    // Every day.
    silent("password-changed", Class::User, any, |draft, _| draft.password_age = 36_000_000_000),
    silent("values-in-another-order", Class::User, has_mailbox, |draft, _| draft.addresses.reverse()),
    silent("another-title", Class::User, any, |draft, _| draft.title = "Head of Everything"),
    silent("alias-added", Class::User, has_mailbox, |draft, _| {
        let number = draft.number;
        draft.add_alias(&format!("another.alias.{number}@{}", MAIL_DOMAINS[0]));
    }),
    silent("member-added", Class::Group, is_exported_group, |draft, _| draft.members += 1),
    silent("user-disabled", Class::User, |draft| !draft.disabled, |draft, _| draft.disabled = true),
];

const fn anchor(name: &'static str, class: Class, attribute: &'static str, suits: fn(&Draft) -> bool, apply: Apply) -> Change {
    Change { name, rule: Some("change/source-anchor"), attribute, class, suits, apply: Some(apply) }
}

const fn of_class(name: &'static str, class: Class, attribute: &'static str, suits: fn(&Draft) -> bool, apply: Apply) -> Change {
    Change { name, rule: Some("change/object-type"), attribute, class, suits, apply: Some(apply) }
}

const fn silent(name: &'static str, class: Class, suits: fn(&Draft) -> bool, apply: Apply) -> Change {
    Change { name, rule: None, attribute: "", class, suits, apply: Some(apply) }
}

const fn gone(name: &'static str, class: Class, suits: fn(&Draft) -> bool) -> Change {
    Change { name, rule: None, attribute: "", class, suits, apply: None }
}

fn any(_: &Draft) -> bool {
    true
}

fn is_exported_group(draft: &Draft) -> bool {
    draft.security || draft.mail.is_some()
}

fn has_guid_as_anchor(draft: &Draft) -> bool {
    draft.consistency_guid.is_some() && !has_own_anchor(draft)
}

fn has_own_anchor(draft: &Draft) -> bool {
    draft.consistency_guid.is_some() && draft.consistency_guid != draft.guid.map(Vec::from)
}

fn has_mailbox(draft: &Draft) -> bool {
    !draft.addresses.is_empty()
}

fn is_federated(draft: &Draft) -> bool {
    draft.domain_of_sign_in() == FEDERATED_DOMAINS[0]
}

fn is_distribution_list(draft: &Draft) -> bool {
    !draft.security && draft.mail.is_some()
}

/// Deletes the object and creates another one with its names and addresses.
pub fn re_create(draft: &mut Draft, world: &World) {
    let number = draft.number + NEW_IDENTITY;
    draft.guid = Some(world.guid(number));
    draft.sid = draft.sid.map(|_| world.sid(number));
    draft.consistency_guid = None;
}

/// Moves an object to another forest, as migration tools do: a new object that has the former SID in its history.
pub fn move_to_forest(draft: &mut Draft, world: &World) {
    draft.former_sid = draft.sid;
    re_create(draft, world);
    draft.root = NEW_ROOT;
}

/// The contact is gone; a user has its addresses.
fn become_user(draft: &mut Draft, world: &World) {
    re_create(draft, world);
    draft.class = Class::User;
    draft.sid = Some(world.sid(draft.number + NEW_IDENTITY));
    draft.sign_in = Some(format!("{}@{}", draft.account_name, MAIL_DOMAINS[0]));
    draft.target = None;
    draft.containers = vec!["Joined", "Accounts"];
}

impl Draft {
    /// The user is gone; an object of another class has its primary address, which is returned.
    fn become_another(&mut self, world: &World, class: Class) -> String {
        re_create(self, world);
        let address = self.mail.clone().unwrap_or_default();
        self.class = class;
        self.addresses = vec![format!("SMTP:{address}")];
        (self.recipient_type, self.target) = (None, None);
        (self.certificates, self.photo, self.disabled) = (0, 0, false);
        address
    }

    fn sign_in_at(&mut self, domain: &str) {
        let local = self.sign_in.as_deref().and_then(|name| name.split('@').next()).unwrap_or_default();
        self.sign_in = Some(format!("{local}@{domain}"));
    }

    fn domain_of_sign_in(&self) -> &str {
        self.sign_in.as_deref().and_then(|name| name.split_once('@')).map_or("", |(_, domain)| domain)
    }
}
