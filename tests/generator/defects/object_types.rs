//! One address on objects of different classes.

use super::super::kinds::Kind;
use super::super::world::Class::{Contact, Group, User};

const RULE: &str = "mismatch/object-type";

pub const KINDS: &[Kind] = &[
    Kind::defect(RULE, "type-user-and-group", &[User, Group], |draft, site| draft.add_alias(&site.shared())),
    Kind::defect(RULE, "type-user-and-contact", &[User, Contact], |draft, site| draft.add_alias(&site.shared())),
    Kind::defect(RULE, "type-group-and-contact", &[Group, Contact], |draft, site| draft.add_alias(&site.shared())),
    Kind::defect(RULE, "type-all-three", &[User, Group, Contact], |draft, site| draft.add_alias(&site.shared())),
    Kind::defect(RULE, "type-two-users-and-a-group", &[User, User, Group], |draft, site| draft.add_alias(&site.shared())),
    Kind::defect(RULE, "type-group-primary", &[Group, User], |draft, site| match site.role {
        0 => draft.addresses[0].clone(),
        _ => draft.add_alias(&site.address_of_first()),
    }),
    Kind::defect(RULE, "type-group-mail-alone", &[User, Group], |draft, site| match site.role {
        0 => draft.add_alias(&site.shared()),
        _ => draft.mail_only(&site.shared()),
    }),
];
