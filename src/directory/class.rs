//! The object class, as far as synchronisation tells classes apart.

use super::attribute::AttributeId;
use super::object::Object;

/// What kind of object a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// A user.
    User,
    /// A user of class inetOrgPerson: the same rules but for one clause of the scope.
    InetOrgPerson,
    /// A security or distribution group.
    Group,
    /// A contact.
    Contact,
    /// A computer or a managed service account, which is a kind of computer.
    Computer,
    /// Anything else.
    Other,
}

impl Class {
    /// Every class, in the order of its numbers.
    pub const ALL: [Class; 6] = [Class::User, Class::InetOrgPerson, Class::Group, Class::Contact, Class::Computer, Class::Other];

    /// Reads the class of an object: from objectClass, or, where the export left that out, from objectCategory.
    pub fn of(object: &Object<'_>) -> Class {
        let mut found = Class::Other;
        for value in object.values(AttributeId::OBJECT_CLASS) {
            let name = value.bytes();
            let is = |class: &str| name.eq_ignore_ascii_case(class.as_bytes());
            // Computers are users too, and inetOrgPersons as well: the narrower class wins.
            if is("computer") {
                return Class::Computer;
            } else if is("inetOrgPerson") {
                found = Class::InetOrgPerson;
            } else if is("user") && found == Class::Other {
                found = Class::User;
            } else if is("group") {
                found = Class::Group;
            } else if is("contact") {
                found = Class::Contact;
            }
        }
        if found == Class::Other && !object.has(AttributeId::OBJECT_CLASS) {
            found = Class::of_category(object);
        }
        found
    }

    fn of_category(object: &Object<'_>) -> Class {
        let Some(category) = object.first(AttributeId::OBJECT_CATEGORY) else { return Class::Other };
        let category = category.bytes().to_ascii_lowercase();
        if category.starts_with(b"cn=person,") {
            if object.has(AttributeId::SAM_ACCOUNT_NAME) { Class::User } else { Class::Contact }
        } else if category.starts_with(b"cn=group,") {
            Class::Group
        } else if category.starts_with(b"cn=computer,") {
            Class::Computer
        } else {
            Class::Other
        }
    }

    /// The class as Entra Connect knows it; `None` for what it never exports as user, group or contact.
    pub fn target(self) -> Option<Target> {
        match self {
            Class::User | Class::InetOrgPerson => Some(Target::User),
            Class::Group => Some(Target::Group),
            Class::Contact => Some(Target::Contact),
            Class::Computer | Class::Other => None,
        }
    }

    /// The word for reports: user, group, contact or other.
    pub fn as_str(self) -> &'static str {
        self.target().map_or("other", Target::as_str)
    }
}

/// Reads the classes of many objects: a directory has few sequences of objectClass, and those that were met last are kept.
#[derive(Debug, Default)]
pub struct Classes {
    met: [(Vec<u8>, Option<Class>); KEPT],
}

const KEPT: usize = 8;

impl Classes {
    /// The same as [`Class::of`].
    pub fn of(&mut self, object: &Object<'_>) -> Class {
        let Some(lines) = object.span(AttributeId::OBJECT_CLASS) else { return Class::of(object) };
        let (met, class) = &mut self.met[lines.len() % KEPT];
        if let Some(class) = class
            && met == lines
        {
            return *class;
        }
        lines.clone_into(met);
        *class.insert(Class::of(object))
    }
}

/// What an exported object becomes in the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// A user.
    User,
    /// A group.
    Group,
    /// A contact.
    Contact,
}

impl Target {
    /// All three.
    pub const ALL: [Target; 3] = [Target::User, Target::Group, Target::Contact];

    /// Its place in [`Target::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The word for reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Target::User => "user",
            Target::Group => "group",
            Target::Contact => "contact",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{AttributeTable, Found, RecordBuffer, Records};

    #[test]
    fn the_class_of_lines_that_were_met_is_that_of_the_object() {
        let lines = [
            "objectClass: top\nobjectClass: user",
            "objectClass: user\nobjectClass: top",
            "objectClass: top\ncn: x\nobjectClass: user",
            "objectClass:: dXNlcg==",
            "objectClass: dXNlcg==",
            "objectClass: dXNlcg==\nobjectClass: user",
            "objectClass: us\n er",
            "objectClass: user\nobjectClass: computer",
            "objectClass: contact\nobjectClass:: dXNlcg==",
            "objectClass: contact\nobjectClass: dXNlcg==",
            "cn: x",
            "objectCategory: CN=Group,CN=Schema",
        ];
        let text: String = lines.iter().chain(lines.iter().rev()).map(|lines| format!("dn: CN=x\n{lines}\n\n")).collect();
        let mut buffer = RecordBuffer::new(&AttributeTable::new([]));
        let mut records = Records::new(text.as_bytes(), true, &mut buffer);
        let mut classes = Classes::default();
        let mut met = 0;
        while let Some(found) = records.next_records() {
            for found in found {
                let Found::Object(found) = found else { panic!("a fault in {text}") };
                assert_eq!(classes.of(&found.object), Class::of(&found.object), "{}", String::from_utf8_lossy(found.object.source_text()));
                met += 1;
            }
        }
        assert_eq!(met, 2 * lines.len());
    }
}
