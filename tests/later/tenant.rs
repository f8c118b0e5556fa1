//! Changes that only the tenant can tell: deletions and passwords of users that the cloud does not count as synchronised, and
//! names that it does not apply.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::generator::{FEDERATED_DOMAINS, Later, Options, Style, generate_tenant};
use super::support::{Report, check};
use super::{Pair, options, settings};

/// Reads each file of the tenant whose name begins so, changes its elements, and writes it.
fn edit(tenant: &Path, name: &str, change: impl Fn(&mut Value)) {
    for entry in std::fs::read_dir(tenant).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_str().unwrap().starts_with(name) {
            continue;
        }
        let mut page: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        page["value"].as_array_mut().unwrap().iter_mut().for_each(&change);
        std::fs::write(path, page.to_string()).unwrap();
    }
}

/// The objects of a kind of change.
fn of_kind<'p>(pair: &'p Pair, kind: &str) -> BTreeSet<&'p str> {
    let found: BTreeSet<&str> = pair.friday.silent.iter().filter(|change| change.kind == kind).map(|change| change.dn.as_str()).collect();
    assert!(!found.is_empty(), "{kind}");
    found
}

/// The objects that a rule finds, one each.
fn found<'r>(report: &'r Report, rule: &str) -> BTreeSet<&'r str> {
    let dn = |finding: &'r Value| finding["sites"].as_array().unwrap().iter().find_map(|site| site["dn"].as_str()).unwrap();
    let found: BTreeSet<&str> = report.of(rule).into_iter().map(dn).collect();
    assert_eq!(found.len(), report.of(rule).len());
    found
}

#[test]
fn deletions_passwords_and_names_that_the_cloud_does_not_take() {
    let options = Options { defect_rate: 0.0, ..options(3000, 95, Style::Ldifde) };
    let pair = Pair::new(&options, &Later { change_rate: 2e-3, ..Later::default() });
    let tenant = pair.folder.path().join("tenant");
    std::fs::create_dir(&tenant).unwrap();
    generate_tenant(&options, &tenant).unwrap();

    // Every other one is not synchronised any more, or never was.
    let (deleted, with_password) = (of_kind(&pair, "user-deleted"), of_kind(&pair, "password-changed"));
    let not_synced: BTreeSet<&str> = deleted.iter().step_by(2).chain(with_password.iter().step_by(2)).copied().collect();
    edit(&tenant, "users-0", |user| {
        if let Some(dn) = not_synced.iter().find(|dn| user["onPremisesDistinguishedName"] == **dn) {
            user["onPremisesSyncEnabled"] = if dn.len() % 2 == 0 { Value::Null } else { Value::Bool(false) };
        }
    });
    edit(&tenant, "domains-", |domain| {
        if FEDERATED_DOMAINS.iter().any(|federated| domain["id"] == *federated) {
            domain["authenticationType"] = "Federated".into();
        }
    });
    edit(&tenant, "on-premises-synchronization-", |settings| settings["features"]["synchronizeUpnForManagedUsersEnabled"] = false.into());

    let excluded = settings().into_iter().skip_while(|argument| argument != "--exclude-ou");
    let report = check([pair.friday()])
        .args(excluded)
        .args(["--previous".as_ref(), pair.monday().as_os_str()])
        .args(["--tenant".as_ref(), tenant.as_os_str()])
        .report();
    assert_eq!(report.gaps().len(), 0);

    assert_eq!(found(&report, "change/cloud-only-delete"), deleted.into_iter().step_by(2).collect());
    assert_eq!(found(&report, "change/cloud-only-password"), with_password.into_iter().step_by(2).collect());

    // Users of a federated domain sign in elsewhere: their new names arrive.
    let friday = std::fs::read_to_string(pair.friday()).unwrap();
    let is_managed = |dn: &&str| {
        let number = dn.trim_start_matches("CN=Newly Wed ").split(',').next().unwrap();
        let name = friday.lines().find(|line| line.starts_with(&format!("userPrincipalName: newly.wed.{number}@"))).unwrap();
        !FEDERATED_DOMAINS.iter().any(|domain| name.ends_with(&format!("@{domain}")))
    };
    let renamed = of_kind(&pair, "user-renamed");
    let kept: BTreeSet<&str> = renamed.iter().copied().filter(is_managed).collect();
    assert!(!kept.is_empty() && kept.len() < renamed.len());
    assert_eq!(found(&report, "change/name-not-applied"), kept);

    let federated: BTreeSet<&str> =
        pair.friday.changes.iter().filter(|change| change.rule == "change/federated-domain").map(|change| change.dns[0].as_str()).collect();
    assert_eq!(found(&report, "change/federated-domain"), federated);
}
