//! Works out who holds which role, from what files say of roles, assignments and members of groups.

use std::collections::HashMap;

use super::roles::{Definition, Grant, Holding, Role, privileged_by_template};
use super::tenant::{CloudId, Tenant};
use crate::directory::class::Target;

/// Works out who holds which role. Returns the number of groups that hold one and whose members were not exported.
pub(super) fn hold(tenant: &mut Tenant, definitions: &[Definition], grants: &[Grant]) -> u64 {
    let mut roles = Roles::default();
    for definition in definitions {
        roles.define(definition);
    }
    let mut holdings = Vec::new();
    let mut unresolved = 0;
    for grant in grants {
        // Service principals hold roles, too.
        let Some(principal) = tenant.by_id(&grant.principal) else { continue };
        let role = roles.number(&grant.role);
        let holding = |object: CloudId, through| Holding { object, role, is_eligible: grant.is_eligible, through };
        holdings.push(holding(principal, None));
        let object = tenant.object(principal);
        if object.class() != Target::Group {
            continue;
        }
        match object.member_ids() {
            Some(members) => holdings.extend(members.filter_map(|id| Some(holding(tenant.by_id(id)?, Some(principal))))),
            None => unresolved += 1,
        }
    }
    holdings.sort();
    holdings.dedup();
    tenant.roles = roles.roles;
    tenant.holdings = holdings;
    unresolved
}

/// The roles of a tenant, each once.
#[derive(Default)]
struct Roles {
    roles: Vec<Role>,
    /// Whether the export itself says if they are privileged.
    told: Vec<bool>,
    by_id: HashMap<String, u32>,
}

impl Roles {
    fn define(&mut self, definition: &Definition) {
        let Some(first) = definition.ids.first() else { return };
        let known = definition.ids.iter().find_map(|id| self.by_id.get(id).copied());
        let number = known.unwrap_or_else(|| self.number(first));
        for id in &definition.ids {
            self.by_id.insert(id.clone(), number);
        }
        let by_template = definition.ids.iter().any(|id| privileged_by_template(id).is_some());
        let (Some(role), Some(told)) = (self.roles.get_mut(number as usize), self.told.get_mut(number as usize)) else { return };
        if let Some(name) = &definition.name {
            role.name.clone_from(name);
        }
        match definition.is_privileged {
            Some(is_privileged) => (role.is_privileged, *told) = (is_privileged, true),
            None if !*told => role.is_privileged |= by_template,
            None => {}
        }
    }

    fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.by_id.get(id) {
            return *number;
        }
        let number = self.roles.len() as u32;
        let template = privileged_by_template(id);
        self.roles.push(Role { name: template.unwrap_or(id).to_owned(), is_privileged: template.is_some() });
        self.told.push(false);
        self.by_id.insert(id.to_owned(), number);
        number
    }
}
