//! What the library knows of a tenant: objects, what they are found by, roles, settings; and damaged exports.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use presync::directory::class::Target;
use presync::directory::{Guid, Sid};
use presync::tenant::{
    Authentication, CloudId, CloudObject, DeletionThreshold, Feature, Kind, Loader, ObjectIdentifier, Seen, SyncState, Tenant,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn load(files: &[(&str, &str)]) -> (Tenant, Seen) {
    let mut loader = Loader::default();
    for (name, content) in files {
        loader.read(name, content.as_bytes());
    }
    loader.finish()
}

fn tenant(content: &str) -> Tenant {
    let (tenant, seen) = load(&[("x.json", content)]);
    assert!(seen.sources.iter().all(|source| source.gaps.is_empty()), "{seen:#?}");
    tenant
}

fn only(tenant: &Tenant) -> CloudObject<'_> {
    assert_eq!(tenant.len(), 1);
    tenant.object(CloudId(0))
}

const AMY: &str = r#"{"users":[{"id":"A0000000-0000-0000-0000-000000000001","userPrincipalName":"Amy@contoso.com","mail":"amy@contoso.com",
    "mailNickname":"amy","displayName":"Amy","proxyAddresses":["SMTP:Amy@contoso.com","smtp:a@contoso.com","X500:/o=Old/cn=Amy",
    "SIP:amy@contoso.com"],"imAddresses":["amy.im@contoso.com"],"onPremisesSyncEnabled":true,"onPremisesImmutableId":"NMgXpZ7vdEa+Sy93WTzOpw==",
    "onPremisesObjectIdentifier":"a517c834-ef9e-4674-be4b-2f77593ccea7","onPremisesSecurityIdentifier":"S-1-5-21-1-2-3-1104",
    "onPremisesDistinguishedName":"CN=Amy,DC=x","onPremisesSamAccountName":"amy","onPremisesUserPrincipalName":"amy@x.local",
    "userType":"Member","assignedLicenses":[{"skuId":"s"}],"accountEnabled":false,"onPremisesProvisioningErrors":[
    {"category":"PropertyConflict","propertyCausingError":"ProxyAddress","value":"smtp:bob@contoso.com","occurredDateTime":"2026-01-01T00:00:00Z"}]}]}"#;

#[test]
fn an_object_says_what_was_exported() {
    let tenant = tenant(AMY);
    let amy = only(&tenant);
    assert_eq!((amy.class(), amy.kind(), amy.id()), (Target::User, Kind::Users, Some("a0000000-0000-0000-0000-000000000001")));
    assert_eq!(amy.user_principal_name(), Some("Amy@contoso.com"));
    assert_eq!((amy.mail_nickname(), amy.display_name(), amy.user_type()), (Some("amy"), Some("Amy"), Some("Member")));
    let primary: Vec<&str> = amy.addresses().filter(|address| address.is_primary).map(|address| address.text).collect();
    assert_eq!(primary, ["SMTP:Amy@contoso.com", "X500:/o=Old/cn=Amy", "SIP:amy@contoso.com"]);
    assert_eq!(amy.im_addresses().collect::<Vec<_>>(), ["amy.im@contoso.com"]);
    assert_eq!((amy.sync_state(), amy.is_licensed(), amy.account_enabled()), (SyncState::Synced, Some(true), Some(false)));
    assert_eq!((amy.on_premises_dn(), amy.on_premises_sam_account_name()), (Some("CN=Amy,DC=x"), Some("amy")));
    assert_eq!(amy.on_premises_user_principal_name(), Some("amy@x.local"));
    let guid = Guid::parse(b"a517c834-ef9e-4674-be4b-2f77593ccea7").unwrap();
    assert_eq!(amy.object_identifier(), Some(ObjectIdentifier::Guid(guid)));
    let error = amy.provisioning_errors().next().unwrap();
    assert_eq!((error.property, error.value, error.occurred), ("ProxyAddress", "smtp:bob@contoso.com", "2026-01-01T00:00:00Z"));
    assert!(!amy.is_deleted() && amy.deleted().is_none() && amy.roles().next().is_none());
}

#[test]
fn an_object_is_found_by_what_it_holds() {
    let tenant = tenant(AMY);
    let found = |ids: &mut dyn Iterator<Item = CloudId>| ids.count();
    assert_eq!(tenant.by_id("A0000000-0000-0000-0000-000000000001"), Some(CloudId(0)));
    assert_eq!(found(&mut tenant.by_immutable_id("NMgXpZ7vdEa+Sy93WTzOpw==")), 1);
    assert_eq!(found(&mut tenant.by_immutable_id("nmgxpZ7vdEa+Sy93WTzOpw==")), 0, "anchors compare with case");
    assert_eq!(found(&mut tenant.by_security_identifier(&Sid::parse(b"S-1-5-21-1-2-3-1104").unwrap())), 1);
    let guid = Guid::parse(b"a517c834-ef9e-4674-be4b-2f77593ccea7").unwrap();
    assert_eq!(found(&mut tenant.by_object_identifier(&guid)), 1);
    assert_eq!(found(&mut tenant.by_user_principal_name("AMY@CONTOSO.COM")), 1);
    assert_eq!(found(&mut tenant.by_mail("AMY@contoso.com")), 1);
    assert_eq!(found(&mut tenant.by_other_address("x500:/O=OLD/CN=AMY")), 1);
    assert_eq!(found(&mut tenant.by_other_address("sip:amy@contoso.com")), 1);
    assert_eq!(found(&mut tenant.by_other_address("sip:AMY.IM@contoso.com")), 1);
    assert_eq!(found(&mut tenant.by_quarantined("ProxyAddress", "bob@contoso.com")), 1);
    let holders = |address| tenant.by_address(address).map(|holder| holder.is_primary).collect::<Vec<_>>();
    assert_eq!(holders("amy@contoso.com"), [true]);
    assert_eq!(holders("A@contoso.com"), [false]);
    assert_eq!(holders("bob@contoso.com"), [] as [bool; 0]);
}

#[test]
fn mail_is_an_address_only_where_there_is_no_smtp_value() {
    let tenant = tenant(
        r#"[{"id":"1","userType":"Member","mail":"a@x.com","proxyAddresses":["smtp:b@x.com"]},
        {"id":"2","userType":"Member","mail":"a@x.com","proxyAddresses":["sip:a@x.com"]},{"id":"3","userType":"Member","mail":"A@x.com"}]"#,
    );
    let holders: Vec<(u32, bool)> = tenant.by_address("a@x.com").map(|holder| (holder.object.0, holder.is_primary)).collect();
    assert_eq!(holders, [(1, true), (2, true)]);
    assert_eq!(tenant.by_mail("a@x.com").count(), 3);
}

#[test]
fn what_was_not_exported_is_not_known() {
    let tenant =
        tenant(r#"[{"id":"1","userPrincipalName":"a@x.com"},{"id":"2","userPrincipalName":"b@x.com","onPremisesSyncEnabled":null}]"#);
    assert_eq!(tenant.object(CloudId(0)).sync_state(), SyncState::Unknown);
    assert_eq!(tenant.object(CloudId(1)).sync_state(), SyncState::Never);
    assert_eq!(tenant.object(CloudId(0)).is_licensed(), None);
    assert!(tenant.has_property(Kind::Users, "onPremisesSyncEnabled") && !tenant.has_property(Kind::Users, "proxyAddresses"));
    assert!(!tenant.knows(Kind::Groups) && !tenant.has_property(Kind::Groups, "mail"));
    assert!(tenant.by_id("3").is_none());
}

#[test]
fn powershells_null_says_nothing_unless_another_object_says_something() {
    let silent = tenant(r#"[{"Id":"1","UserPrincipalName":"a@x.com","OnPremisesSyncEnabled":null}]"#);
    assert_eq!(only(&silent).sync_state(), SyncState::Unknown);
    let told = tenant(
        r#"[{"Id":"1","UserPrincipalName":"a@x.com","OnPremisesSyncEnabled":null},{"Id":"2","UserPrincipalName":"b@x.com","OnPremisesSyncEnabled":true}]"#,
    );
    assert_eq!(told.object(CloudId(0)).sync_state(), SyncState::Never);
}

#[test]
fn the_later_file_says_more_and_the_beta_adds_to_it() {
    let users = r#"[{"id":"1","userPrincipalName":"a@x.com","mail":"a@x.com"},{"id":"2","userPrincipalName":"b@x.com"}]"#;
    let beta = r#"[{"id":"1","onPremisesObjectIdentifier":"NMgXpZ7vdEa+Sy93WTzOpw=="}]"#;
    let again = r#"[{"id":"2","userPrincipalName":"bb@x.com"},{"Id":"1","UserPrincipalName":"aa@x.com","Mail":null}]"#;
    let (tenant, seen) = load(&[("a.json", beta), ("b.json", users), ("c.json", again)]);
    assert!(seen.sources.iter().all(|source| source.gaps.is_empty()), "{seen:#?}");
    assert_eq!(tenant.len(), 2);
    let first = tenant.object(tenant.by_id("1").unwrap());
    assert_eq!((first.user_principal_name(), first.mail(), first.kind()), (Some("aa@x.com"), Some("a@x.com"), Kind::Users));
    assert!(matches!(first.object_identifier(), Some(ObjectIdentifier::Guid(_))));
    assert_eq!(tenant.object(tenant.by_id("2").unwrap()).user_principal_name(), Some("bb@x.com"));
    let (_, seen) = load(&[("a.json", beta)]);
    assert_eq!(seen.sources[0].gaps.len(), 1, "nothing says what it is");
}

#[test]
fn roles_come_directly_or_through_a_group() {
    let tenant = tenant(
        r##"{"users":[{"id":"u1"},{"id":"u2"},{"id":"u3"}],
        "groups":[{"id":"g1","isAssignableToRole":true,"members":[{"@odata.type":"#microsoft.graph.user","id":"U2"}]},
                  {"id":"g2","members":[{"id":"u3"}],"isAssignableToRole":false}],
        "roleDefinitions":[{"id":"r1","displayName":"Custom","isPrivileged":true},
                  {"id":"62e90394-69f5-4237-9190-012177145e10","displayName":"Global Administrator"}],
        "roleAssignments":[{"principalId":"g1","roleDefinitionId":"62e90394-69f5-4237-9190-012177145e10"},
                  {"principalId":"u1","roleDefinitionId":"r2","roleDefinition":{"id":"r2","displayName":"Reader","isPrivileged":false}},
                  {"principalId":"nobody","roleDefinitionId":"r2"}],
        "roleEligibilityScheduleInstances":[{"principalId":"u1","roleDefinitionId":"r1"}],
        "directoryRoles":[{"id":"x","roleTemplateId":"88d8e3e3-8f55-4a1e-953a-9b9898b8876b","displayName":"Directory Readers","members":[{"id":"u3"}]}]}"##,
    );
    let held = |id: &str| {
        let object = tenant.object(tenant.by_id(id).unwrap());
        object.roles().map(|role| (role.name, role.is_privileged, role.is_eligible, role.through.is_some())).collect::<Vec<_>>()
    };
    assert_eq!(held("u1"), [("Custom", true, true, false), ("Reader", false, false, false)]);
    assert_eq!(held("u2"), [("Global Administrator", true, false, true)]);
    assert_eq!(held("u3"), [("Directory Readers", false, false, false)]);
    assert_eq!(held("g1"), [("Global Administrator", true, false, false)]);
    assert!(tenant.knows_roles() && tenant.knows(Kind::RoleEligibilities));
}

#[test]
fn settings_come_from_domains_and_features() {
    let tenant = tenant(
        r#"{"domains":[{"id":"Contoso.com","isVerified":true,"authenticationType":"Federated"},{"id":"x.com","isVerified":false}],
        "organization":{"verifiedDomains":[{"name":"old.com"}]},
        "onPremisesSynchronization":{"value":[{"id":"t","features":{"blockSoftMatchEnabled":true,"softMatchOnUpnEnabled":false},
        "configuration":{"accidentalDeletionPrevention":{"synchronizationPreventionType":"enabledForCount","alertThreshold":200}}}]}}"#,
    );
    assert_eq!(tenant.verified_domains().collect::<Vec<_>>(), ["contoso.com"]);
    assert_eq!(tenant.domain("CONTOSO.com").unwrap().authentication, Some(Authentication::Federated));
    assert_eq!(tenant.initial_domain(), None);
    assert_eq!(tenant.feature(Feature::BlockSoftMatch), Some(true));
    assert_eq!(tenant.feature(Feature::SoftMatchOnUpn), Some(false));
    assert_eq!(tenant.feature(Feature::BlockCloudObjectTakeoverThroughHardMatch), None);
    assert_eq!(tenant.deletion_threshold(), Some(DeletionThreshold::Count(200)));
}

#[test]
fn a_large_file_is_cut_at_every_place() {
    // Elements of many sizes meet the ends of blocks and batches everywhere.
    let element = |number: usize| {
        let name = "é\\\"{[".repeat(number * 37 % 400);
        format!("{{\"id\":\"{number}\",\n \"userPrincipalName\":\"u{number}@x.com\",\"displayName\":\"{name}\"}}")
    };
    let elements: Vec<String> = (0..3000).map(element).collect();
    for content in [format!("[{}]", elements.join(",\n")), elements.join("\n")] {
        let tenant = tenant(&content);
        assert_eq!(tenant.len(), 3000);
        for (number, object) in tenant.objects().enumerate() {
            assert_eq!(object.user_principal_name(), Some(format!("u{number}@x.com").as_str()));
            assert_eq!(object.display_name().unwrap_or_default().len(), 5 * (number * 37 % 400));
        }
    }
}

fn entries(seen: &Seen) -> u64 {
    seen.sources.iter().map(|source| source.entries).sum()
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(0x5EED);
    }
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damage_is_a_gap_or_loses_nothing(damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..3), form in 0..4_usize) {
        let element = AMY.trim_start_matches(r#"{"users":["#).trim_end_matches("]}");
        let lines = element.replace('\n', " ");
        let content = match form {
            0 => format!("[{element},{element}\n,{element}]"),
            1 => format!("{{\"@odata.context\":\"#users\",\"value\":[{element},{element},{element}]}}"),
            2 => format!("{lines}\n{lines}\n{lines}\n"),
            _ => format!("[{{\"value\":[{element},{element},{element}]}}]"),
        };
        let mut bytes = content.into_bytes();
        for (place, byte) in damages {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let mut loader = Loader::default();
        loader.read("x.json", bytes.as_slice());
        let (_, seen) = loader.finish();
        let is_told = !seen.sources[0].gaps.is_empty() || seen.notes.iter().any(|note| note.contains("nothing that presync knows"));
        prop_assert!(is_told || entries(&seen) == 3, "{}\n{seen:#?}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_cut_file_is_a_gap(length in any::<prop::sample::Index>()) {
        let content = AMY.as_bytes();
        let length = length.index(content.len());
        let mut loader = Loader::default();
        loader.read("x.json", &content[..length]);
        let (tenant, seen) = loader.finish();
        prop_assert_eq!(seen.sources[0].gaps.len(), 1);
        prop_assert!(tenant.len() <= 1);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\ntf0-e \n\xEF\xBB\xBFusersvalueid".to_vec()), 0..200)) {
        let mut loader = Loader::default();
        loader.read("x.json", bytes.as_slice());
        let (tenant, _) = loader.finish();
        for object in tenant.objects() {
            let _ = (object.sync_state(), object.addresses().count(), object.roles().count());
        }
    }
}
