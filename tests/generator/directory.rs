//! A directory at one time: what each object is, and where. The first export shows it as it was made, a later one with changes.

use super::Options;
use super::draft::Draft;
use super::later::LaterPlan;
use super::names::{MAIL_DOMAINS, ROOT};
use super::plan::Plan;
use super::world::{Class, Draw, World};

/// The objects of one time.
#[derive(Clone, Copy)]
pub struct Directory<'a> {
    /// Where all objects come from.
    pub world: &'a World,
    plan: &'a Plan,
    options: &'a Options,
    later: Option<&'a LaterPlan>,
}

impl<'a> Directory<'a> {
    /// The directory as it was made.
    pub fn first(world: &'a World, plan: &'a Plan, options: &'a Options) -> Self {
        Self { world, plan, options, later: None }
    }

    /// The same one later.
    pub fn later(self, later: &'a LaterPlan) -> Self {
        Self { later: Some(later), ..self }
    }

    /// The numbers of objects that have ever been there, those that came later included.
    pub fn numbers(&self) -> usize {
        self.options.objects + self.later.map_or(0, LaterPlan::added)
    }

    /// The domain that is exported.
    pub fn root(&self) -> &'static str {
        self.later.map_or(ROOT, LaterPlan::root)
    }

    /// An object as it stands in the directory, and the value that is wrong with it; `None` where there is no such object.
    pub fn draft(&self, number: usize) -> Option<(Draft, Option<String>)> {
        let (mut draft, value) = self.plan.draft(self.world, self.options, number);
        if self.options.dirty && value.is_none() && draft.class == Class::User {
            soil(&mut draft, self.world);
        }
        match self.later {
            Some(later) => later.apply(self.world, draft).map(|draft| (draft, value)),
            None => (number < self.options.objects).then_some((draft, value)),
        }
    }

    /// Appends the DN of an object, and says whether there is one.
    pub fn push_dn(&self, number: usize, out: &mut String) -> bool {
        if self.later.is_none() {
            self.world.push_dn(number, out);
            return true;
        }
        let draft = self.draft(number);
        if let Some((draft, _)) = &draft {
            draft.push_dn(out);
        }
        draft.is_some()
    }

    /// The DN of an object; empty where there is no such object.
    pub fn dn(&self, number: usize) -> String {
        let mut out = String::with_capacity(128);
        self.push_dn(number, &mut out);
        out
    }
}

/// Gives a user one defect that costs next to nothing to make and to find.
fn soil(draft: &mut Draft, world: &World) {
    let name = world.local(draft.number);
    match world.draw(draft.number, Draw::Dirt, 3) {
        0 => draft.sign_in = Some(format!("{name}@corp.contoso.local")),
        1 => draft.sign_in = Some(format!("{name} @{}", MAIL_DOMAINS[0])),
        _ => draft.display_name = Some(" ".to_owned()),
    }
}
