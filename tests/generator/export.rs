//! Writes the objects of a directory as one of the tools exports them, with what it writes around them.

use super::Style;
use super::directory::Directory;
use super::draft::Draft;
use super::entry::{Entries, domain_name};
use super::ldif::{Ldif, push_base64};
use std::io::{self, Write};

/// The entries of a page of ldapsearch.
const PAGE: usize = 1000;

/// An export that is being written.
pub struct Export<'a, 'w> {
    directory: Directory<'a>,
    ldif: Ldif<'w>,
    objects: usize,
    done: usize,
}

impl<'a, 'w> Export<'a, 'w> {
    /// An export of so many objects.
    pub fn new(directory: Directory<'a>, style: Style, objects: usize, out: &'w mut dyn Write) -> Self {
        let mut ldif = Ldif::new(style, out);
        if style == Style::Ldapsearch {
            ldif.lines(&format!(
                "# extended LDIF\n#\n# LDAPv3\n# base <{}> with scope subtree\n# filter: (objectClass=*)\n\
                 # requesting: ALL\n# with pagedResults control: size={PAGE}\n#\n\n",
                directory.root(),
            ));
        }
        Self { directory, ldif, objects, done: 0 }
    }

    /// Writes the next object.
    pub fn write(&mut self, draft: &Draft) -> io::Result<()> {
        Entries::new(self.directory, &mut self.ldif).write(draft)?;
        self.done += 1;
        let is_full = self.ldif.style() == Style::Ldapsearch && self.done.is_multiple_of(PAGE);
        if is_full && self.done < self.objects {
            end_page(&mut self.ldif, 1 + self.done / PAGE, self.directory.world.hash(draft.number));
        }
        Ok(())
    }

    /// Writes the end, and says how many bytes there are.
    pub fn end(mut self) -> io::Result<u64> {
        if self.ldif.style() == Style::Ldapsearch {
            end_search(&mut self.ldif, self.directory.root(), self.objects);
        }
        self.ldif.flush()?;
        Ok(self.ldif.bytes())
    }
}

/// The result after each page.
fn end_page(ldif: &mut Ldif, search: usize, hash: u64) {
    let mut cookie = Vec::new();
    push_base64(&hash.to_le_bytes().repeat(3), &mut cookie);
    let cookie = String::from_utf8_lossy(&cookie);
    ldif.lines(&format!(
        "# search result\nsearch: {search}\nresult: 0 Success\n\
         control: 1.2.840.113556.1.4.319 false MIQAAAAdAgEABBg{cookie}\npagedresults: cookie={cookie}\n\n"
    ));
}

/// The references and the result at the end.
fn end_search(ldif: &mut Ldif, root: &str, objects: usize) {
    let references = ["CN=Configuration", "DC=ForestDnsZones", "DC=DomainDnsZones"];
    for reference in references {
        let host = reference[3..].to_lowercase();
        ldif.lines(&format!("# search reference\nref: ldap://{host}.{}/{reference},{root}\n\n", domain_name(root)));
    }
    ldif.lines(&format!(
        "# search result\nsearch: {}\nresult: 0 Success\ncontrol: 1.2.840.113556.1.4.319 false MIQAAAAFAgEABAA=\n\
         pagedresults: cookie=\n\n# numResponses: {}\n# numEntries: {objects}\n# numReferences: {}\n",
        2 + objects.saturating_sub(1) / PAGE,
        objects + references.len() + objects.div_ceil(PAGE),
        references.len(),
    ));
}
