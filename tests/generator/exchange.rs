//! What Exchange adds to its recipients, most of which nobody asked for.

use super::draft::{Draft, old_exchange_name};
use super::entry::{Entries, time};
use super::random::mix;
use super::world::Class;

const SERVICES: &str = "CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=corp,DC=contoso,DC=com";
const GROUPS: &str = "CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups";

impl Entries<'_, '_> {
    /// All recipients.
    pub(super) fn exchange(&mut self, draft: &Draft, hash: u64) {
        self.ldif.text("legacyExchangeDN", &old_exchange_name(!hash, &draft.account_name));
        for list in ["CN=Default Global Address List,CN=All Global Address Lists", "CN=All Users,CN=All Address Lists"] {
            self.format("showInAddressBook", format_args!("{list},CN=Address Lists Container,{SERVICES}"));
        }
        self.ldif.text("msExchPoliciesIncluded", "7db1bf4f-e8b4-4a57-8fb1-42e3b2a1a7a1");
        self.ldif.text("msExchPoliciesIncluded", "{26491cfc-9e50-4857-861b-0cb8df22b5d7}");
        let display_type = match (draft.class, draft.recipient_type) {
            (Class::Group, _) if draft.security => "1073741833",
            (Class::Group, _) => "1",
            (Class::Contact, _) => "6",
            (_, Some(0x8000_0000)) => "-2147483642",
            _ => "1073741824",
        };
        self.ldif.text("msExchRecipientDisplayType", display_type);
        if let Some(kind) = draft.recipient_type {
            self.ldif.number("msExchRecipientTypeDetails", kind);
        }
        self.ldif.text("msExchVersion", "88218628259840");
        self.ldif.text("msExchRequireAuthToSendTo", "FALSE");
    }

    /// Users.
    pub(super) fn mailbox(&mut self, draft: &Draft, hash: u64) {
        if draft.recipient_type == Some(1) {
            let (base, server) = (hash % 40, hash % 12);
            self.format("homeMDB", format_args!("CN=DB{base:02},CN=Databases,{GROUPS},{SERVICES}"));
            self.format("homeMTA", format_args!("CN=Microsoft MTA,CN=EXCH{server:02},CN=Servers,{GROUPS},{SERVICES}"));
            self.ldif.text("mDBUseDefaults", "TRUE");
            self.ldif.text("msExchHomeServerName", "/o=Contoso/ou=EMEA/cn=Configuration/cn=Servers/cn=EXCH01");
        }
        self.ldif.binary("msExchMailboxGuid", &[mix(hash).to_le_bytes(), mix(!hash).to_le_bytes()].concat());
        self.ldif.text("msExchUserAccountControl", "0");
        self.ldif.text("msExchUserCulture", "en-US");
        self.ldif.text("msExchELCMailboxFlags", "130");
        self.ldif.text("msExchTextMessagingState", "302120705");
        self.ldif.text("msExchTextMessagingState", "16842751");
        self.ldif.text("protocolSettings", "HTTP§1§1§§§§§§");
        for key in ["emailAddress", "lastNameFirstName", "firstNameLastName"] {
            self.format("msExchUMDtmfMap", format_args!("{key}:{}", (hash >> 8) % 1_000_000_000_000));
        }
        if hash.is_multiple_of(4) {
            let mut senders = Vec::new();
            self.world.stream(draft.number, 0x5afe).bytes(4 + (hash >> 20) as usize % 400 * 4, &mut senders);
            self.ldif.binary("msExchSafeSendersHash", &senders);
        }
        self.ldif.number("extensionAttribute1", hash % 9_999_999);
        self.ldif.text("extensionAttribute5", "sync-eu");
        self.format("extensionAttribute10", format_args!("CC-{:04}", hash % 700));
        self.format("msExchWhenMailboxCreated", format_args!("{}{}", 2012 + hash % 13, time(hash >> 5)));
    }
}
