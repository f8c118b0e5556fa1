//! The tenant that is in step with a directory: every healthy object as Entra ID holds it after a synchronisation, in pages
//! of Microsoft Graph. Objects that carry a defect or a trap are not there yet.

use super::Options;
use super::draft::Draft;
use super::ldif::push_base64;
use super::names::{MAIL_DOMAINS, ROUTING_DOMAIN};
use super::plan::Plan;
use super::random::mix;
use super::world::{Class, World};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The domain that the tenant got first.
pub const INITIAL_DOMAIN: &str = "contoso.onmicrosoft.com";

/// The elements of a page of Graph.
const PAGE: usize = 999;

/// How many objects of each kind the tenant holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TenantCounts {
    /// Users.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Contacts.
    pub contacts: usize,
}

/// Writes the tenant of a directory into a folder, which is there.
pub fn generate_tenant(options: &Options, folder: &Path) -> io::Result<TenantCounts> {
    let world = World::new(options.seed, options.objects);
    let plan = Plan::new(&world, options);
    let mut users = Pages::new(folder, "users", "users(id,userPrincipalName,proxyAddresses)");
    let mut identifiers = Pages::new(folder, "users-beta", "users(id,onPremisesObjectIdentifier)");
    let mut groups = Pages::new(folder, "groups", "groups(id,proxyAddresses)");
    let mut contacts = Pages::new(folder, "contacts", "contacts(id,proxyAddresses)");
    let mut first_user = None;
    for number in 0..options.objects {
        let (draft, planned) = plan.draft(&world, options, number);
        if planned.is_some() {
            continue;
        }
        let object = Cloud { world: &world, draft: &draft };
        match draft.class {
            Class::User => {
                first_user.get_or_insert_with(|| object.id());
                users.add(&object.user())?;
                identifiers.add(&json!({ "id": object.id(), "onPremisesObjectIdentifier": guid_text(world.guid(number)) }))?;
            }
            Class::Group if draft.security || !draft.addresses.is_empty() => groups.add(&object.group())?,
            Class::Contact => contacts.add(&object.contact())?,
            Class::Group | Class::Computer => {}
        }
    }
    let counts = TenantCounts { users: users.elements, groups: groups.elements, contacts: contacts.elements };
    for pages in [users, identifiers, groups, contacts] {
        pages.finish()?;
    }
    settings(folder, first_user.as_deref())?;
    Ok(counts)
}

/// What a tenant has beside its objects.
fn settings(folder: &Path, administrator: Option<&str>) -> io::Result<()> {
    let write = |name: &str, context: &str, elements: Vec<Value>| -> io::Result<()> {
        let mut pages = Pages::new(folder, name, context);
        for element in &elements {
            pages.add(element)?;
        }
        pages.finish()
    };
    let domains = MAIL_DOMAINS.iter().copied().chain([ROUTING_DOMAIN, INITIAL_DOMAIN]);
    let domain = |name| {
        json!({ "id": name, "authenticationType": "Managed", "isVerified": true, "isInitial": name == INITIAL_DOMAIN,
            "isDefault": name == MAIL_DOMAINS[0] })
    };
    write("domains", "domains", domains.clone().map(domain).collect())?;
    let verified = domains.map(|name| json!({ "name": name, "isInitial": name == INITIAL_DOMAIN, "type": "Managed" }));
    let organization = json!({ "id": uuid(1), "onPremisesSyncEnabled": true, "verifiedDomains": verified.collect::<Vec<_>>() });
    write("organization", "organization", vec![organization])?;
    let features = json!({ "softMatchOnUpnEnabled": true, "blockSoftMatchEnabled": false,
        "blockCloudObjectTakeoverThroughHardMatchEnabled": false, "synchronizeUpnForManagedUsersEnabled": true,
        "quarantineUponUpnConflictEnabled": false, "quarantineUponProxyAddressesConflictEnabled": false });
    let prevention = json!({ "synchronizationPreventionType": "enabledForCount", "alertThreshold": 500 });
    let synchronization = json!({ "id": uuid(1), "features": features, "configuration": { "accidentalDeletionPrevention": prevention } });
    write("on-premises-synchronization", "directory/onPremisesSynchronization", vec![synchronization])?;
    let role = "62e90394-69f5-4237-9190-012177145e10";
    let definition = json!({ "id": role, "templateId": role, "displayName": "Global Administrator", "isPrivileged": true });
    write("role-definitions", "roleManagement/directory/roleDefinitions", vec![definition])?;
    let held = |id: &str| json!({ "id": uuid(2), "principalId": id, "roleDefinitionId": role, "directoryScopeId": "/" });
    write("role-assignments", "roleManagement/directory/roleAssignments", administrator.into_iter().map(held).collect())?;
    write("role-eligibilities", "roleManagement/directory/roleEligibilityScheduleInstances", Vec::new())?;
    write("deleted-users", "users", Vec::new())?;
    write("deleted-groups", "groups", Vec::new())
}

/// An object of the directory in the cloud.
struct Cloud<'a> {
    world: &'a World,
    draft: &'a Draft,
}

impl Cloud<'_> {
    fn id(&self) -> String {
        uuid(self.world.hash(self.draft.number))
    }

    fn user(&self) -> Value {
        let draft = self.draft;
        let mut user = self.any();
        let anchor = draft.consistency_guid.as_deref().or(draft.guid.as_ref().map(<[u8; 16]>::as_slice)).unwrap_or_default();
        let mut immutable_id = Vec::new();
        push_base64(anchor, &mut immutable_id);
        let licenses = if draft.nickname.is_some() { vec![json!({ "disabledPlans": [], "skuId": uuid(3) })] } else { Vec::new() };
        let more = json!({
            "userPrincipalName": draft.sign_in,
            "accountEnabled": !draft.disabled,
            "userType": "Member",
            "imAddresses": draft.addresses.iter().filter(|address| address.starts_with("sip:")).collect::<Vec<_>>(),
            "assignedLicenses": licenses,
            "onPremisesImmutableId": String::from_utf8_lossy(&immutable_id),
            "onPremisesSecurityIdentifier": draft.sid.map(sid_text),
            "onPremisesDistinguishedName": self.world.dn(draft.number),
            "onPremisesSamAccountName": draft.account_name,
            "onPremisesUserPrincipalName": draft.sign_in,
        });
        merge(&mut user, more);
        user
    }

    fn group(&self) -> Value {
        let draft = self.draft;
        let mut group = self.any();
        let more = json!({
            "mailEnabled": !draft.addresses.is_empty(),
            "securityEnabled": draft.security,
            "groupTypes": [],
            "isAssignableToRole": null,
            "onPremisesSecurityIdentifier": draft.sid.map(sid_text),
            "onPremisesSamAccountName": draft.account_name,
        });
        merge(&mut group, more);
        group
    }

    fn contact(&self) -> Value {
        self.any()
    }

    /// What every object has.
    fn any(&self) -> Value {
        let draft = self.draft;
        let mut addresses = draft.addresses.clone();
        if !addresses.iter().any(|address| address.to_lowercase().starts_with("smtp:")) {
            addresses.extend(draft.mail.iter().map(|mail| format!("SMTP:{mail}")));
        }
        json!({
            "id": self.id(),
            "displayName": draft.display_name.as_ref().unwrap_or(&draft.common_name),
            "mail": draft.mail,
            "mailNickname": draft.nickname.as_ref().unwrap_or(&draft.account_name),
            "proxyAddresses": addresses,
            "onPremisesSyncEnabled": true,
            "onPremisesProvisioningErrors": [],
        })
    }
}

fn merge(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

/// The pages of a collection.
struct Pages {
    folder: PathBuf,
    name: String,
    context: String,
    elements: usize,
    file: Option<BufWriter<File>>,
}

impl Pages {
    fn new(folder: &Path, name: &str, context: &str) -> Self {
        let context = format!("https://graph.microsoft.com/v1.0/$metadata#{context}");
        Self { folder: folder.to_owned(), name: name.to_owned(), context, elements: 0, file: None }
    }

    fn add(&mut self, element: &Value) -> io::Result<()> {
        if self.elements > 0 && self.elements.is_multiple_of(PAGE) {
            let next = format!("https://graph.microsoft.com/v1.0/{}?$skiptoken={}", self.name, mix(self.elements as u64));
            self.end(Some(&next))?;
        }
        let is_first = self.file.is_none();
        let file = self.open()?;
        if !is_first {
            file.write_all(b",")?;
        }
        serde_json::to_writer(&mut *file, element)?;
        self.elements += 1;
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.open()?;
        self.end(None)
    }

    fn open(&mut self) -> io::Result<&mut BufWriter<File>> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let page = self.elements / PAGE + 1;
                let mut file = BufWriter::new(File::create(self.folder.join(format!("{}-{page:04}.json", self.name)))?);
                write!(file, "{{\"@odata.context\":{},\"value\":[", Value::from(self.context.as_str()))?;
                file
            }
        };
        Ok(self.file.insert(file))
    }

    /// Ends a page; Graph writes where the next one is behind its elements or before them.
    fn end(&mut self, next: Option<&str>) -> io::Result<()> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        write!(file, "]")?;
        if let Some(next) = next {
            write!(file, ",\"@odata.nextLink\":{}", Value::from(next))?;
        }
        writeln!(file, "}}")?;
        file.flush()
    }
}

fn sid_text(sid: [u8; 28]) -> String {
    let parts = sid[8..].chunks_exact(4).map(|part| format!("-{}", u32::from_le_bytes([part[0], part[1], part[2], part[3]])));
    format!("S-1-5{}", parts.collect::<String>())
}

/// The text of a GUID in the order in which Active Directory stores it.
fn guid_text(guid: [u8; 16]) -> String {
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    dashed(order.map(|place| guid[place]))
}

/// An id that nothing else has.
fn uuid(word: u64) -> String {
    dashed((u128::from(word) << 64 | u128::from(mix(word))).to_be_bytes())
}

fn dashed(bytes: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if [4, 6, 8, 10].contains(&at) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
