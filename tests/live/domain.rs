//! A domain controller of a test's own: a copy of a template, started on a loopback address that nobody else has, ended
//! with the test.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::certificate::{self, Certificate};
use crate::client::{client, output_of, succeeded};
use crate::template::{self, Forest, PASSWORD, Planted, Template};

/// How long a server may take to start, and to end after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(30);

/// An LDAP message that every server answers: a bind without a name.
const ANONYMOUS_BIND: &[u8] = b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00";

/// What presync looks at.
pub(crate) const OBJECTS: &str = "(|(objectCategory=person)(objectCategory=group))";

/// What kind of domain controller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Which objects it has.
    pub(crate) template: Template,
    /// What it shows to those who speak TLS.
    pub(crate) certificate: Certificate,
    /// Which binds it takes.
    pub(crate) strong_auth: StrongAuth,
    /// Whether one process answers everybody or several do.
    pub(crate) processes: Processes,
}

impl Default for Options {
    fn default() -> Options {
        Options { template: Template::Small, certificate: Certificate::Good, strong_auth: StrongAuth::Required, processes: Processes::One }
    }
}

/// Which binds a server takes (`ldap server require strong auth`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StrongAuth {
    /// Simple binds over TLS only, Kerberos with its own protection only.
    Required,
    /// The same, and Kerberos within TLS.
    SaslOverTls,
    /// Any, as domains do that nobody has hardened.
    NotRequired,
}

/// How a server divides its work (`samba -M`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Processes {
    One,
    Several,
}

/// A domain controller.
pub(crate) struct Domain {
    options: Options,
    address: Ipv4Addr,
    /// Keeps the address from other tests and processes as long as this one lives.
    _reservation: UdpSocket,
    server: Option<Child>,
    folder: TempDir,
}

impl Domain {
    /// Starts a usual domain controller with some objects.
    pub(crate) fn of(template: Template) -> Domain {
        Domain::start(&Options { template, ..Options::default() })
    }

    /// Starts a domain controller and waits until it answers.
    pub(crate) fn start(options: &Options) -> Domain {
        let template = options.template.folder();
        let folder = tempfile::Builder::new().prefix("").tempdir_in(template::root().join("running")).unwrap();
        template::copy(&template, folder.path());
        let (address, reservation) = reserve_address();
        let mut domain = Domain { options: *options, address, _reservation: reservation, server: None, folder };
        domain.configure();
        domain.start_again();
        domain
    }

    fn configure(&self) {
        let address = self.address;
        // Samba looks for them in its private folder.
        certificate::issue(self.options.certificate, &self.host(), address, &self.path().join("private"));
        let strong_auth = match self.options.strong_auth {
            StrongAuth::Required => "yes",
            StrongAuth::SaslOverTls => "allow_sasl_over_tls",
            StrongAuth::NotRequired => "no",
        };
        let further = format!(
            "server services = ldap kdc\ninterfaces = {address}/8\nbind interfaces only = yes\n\
             ldap server require strong auth = {strong_auth}\n\
             tls cafile = {}\ntls certfile = server.pem\ntls keyfile = server-key.pem\n",
            self.ca_file().display(),
        );
        template::configure(self.path(), self.forest(), &further);
        let (realm, dns) = (self.forest().realm, self.dns_name());
        let kerberos = format!(
            "[libdefaults]\ndefault_realm = {realm}\ndns_lookup_kdc = false\ndns_lookup_realm = false\n\
             dns_canonicalize_hostname = false\nrdns = false\nudp_preference_limit = 1\n\
             [realms]\n{realm} = {{\nkdc = {address}\n}}\n[domain_realm]\n.{dns} = {realm}\n{dns} = {realm}\n",
        );
        fs::write(self.path().join("krb5.conf"), kerberos).unwrap();
    }

    /// Starts the server when it has ended.
    pub(crate) fn start_again(&mut self) {
        assert!(self.server.is_none(), "the server runs already");
        let log = File::create(self.path().join("output")).unwrap();
        let processes = match self.options.processes {
            Processes::One => "single",
            Processes::Several => "prefork",
        };
        let server = Command::new("samba")
            .args(["--interactive", "--debug-stdout", "--model", processes, "--configfile", "smb.conf"])
            .current_dir(self.path())
            .env("KRB5_CONFIG", self.path().join("krb5.conf"))
            // It ends when this pipe does, so that it outlives the tests in no case.
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0)
            .spawn()
            .expect("samba is not here: tests/run --install installs it");
        self.server = Some(server);
        let deadline = Instant::now() + PATIENCE;
        while !(self.answers() && TcpStream::connect((self.address, 88)).is_ok()) {
            if processes_in(self.path()).is_empty() || Instant::now() > deadline {
                let output = fs::read_to_string(self.path().join("output")).unwrap_or_default();
                panic!("samba does not answer on {}; it needs root for ports below 1024:\n{output}", self.address);
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// Whether the server answers within two seconds.
    pub(crate) fn answers(&self) -> bool {
        let ask = || -> std::io::Result<u8> {
            let mut connection = TcpStream::connect((self.address, 389))?;
            connection.set_read_timeout(Some(Duration::from_secs(2)))?;
            connection.write_all(ANONYMOUS_BIND)?;
            let mut first = [0];
            connection.read_exact(&mut first)?;
            Ok(first[0])
        };
        ask().is_ok_and(|first| first == ANONYMOUS_BIND[0])
    }

    /// The server hangs: connections are taken, nothing is answered.
    pub(crate) fn pause(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// The server goes on.
    pub(crate) fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// The server crashes.
    pub(crate) fn crash(&mut self) {
        self.signal(Signal::SIGKILL);
        self.wait();
    }

    /// The server is shut down.
    pub(crate) fn stop(&mut self) {
        self.signal(Signal::SIGTERM);
        self.wait();
    }

    /// Sends a signal to all processes of the server: to its process group, which nobody else is in. The group is there
    /// until its first process has been waited for, ended or not.
    fn signal(&self, signal: Signal) {
        let server = self.server.as_ref().expect("the server runs");
        let group = Pid::from_raw(i32::try_from(server.id()).expect("a process id"));
        killpg(group, signal).expect("the group of the server is there");
    }

    /// Waits until all processes of the server have ended; the first does so before the others.
    fn wait(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !processes_in(self.path()).is_empty() {
            assert!(Instant::now() < deadline, "samba does not end");
            sleep(Duration::from_millis(10));
        }
        self.server.take().expect("the server ran").wait().unwrap();
    }

    /// How many bytes the server has written by now: what it sends, most of all.
    pub(crate) fn written(&self) -> u64 {
        let of_process = |process: &PathBuf| {
            let io = fs::read_to_string(process.join("io")).ok()?;
            io.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse::<u64>().ok()
        };
        processes(self.path()).iter().filter_map(of_process).sum()
    }

    fn forest(&self) -> &'static Forest {
        self.options.template.forest()
    }

    /// Where its files are.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Its address on the loopback network.
    pub(crate) fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// LDAP in the clear, and with StartTLS.
    pub(crate) fn uri_ldap(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// LDAP within TLS.
    pub(crate) fn uri_ldaps(&self) -> String {
        format!("ldaps://{}", self.address)
    }

    /// The distinguished name of the domain.
    pub(crate) fn base(&self) -> &'static str {
        self.forest().base
    }

    /// The name of the domain in the DNS.
    pub(crate) fn dns_name(&self) -> String {
        self.forest().realm.to_lowercase()
    }

    /// The name of the server in the DNS, which does not know it.
    pub(crate) fn host(&self) -> String {
        format!("dc1.{}", self.dns_name())
    }

    /// The authority that has signed the good certificate, the expired one and the one for another name.
    pub(crate) fn ca_file(&self) -> PathBuf {
        certificate::authority().join("ca.pem")
    }

    /// An account as it is named in a bind; `reader` may read, the others are called after what is wrong with them:
    /// `disabled`, `expired`, `must-change`. [`PASSWORD`] is that of each.
    pub(crate) fn account(&self, name: &str) -> String {
        format!("{name}@{}", self.dns_name())
    }

    /// The defects of its objects.
    pub(crate) fn planted(&self) -> Vec<Planted> {
        self.options.template.planted()
    }

    /// LDIF straight from the database of the server, which may run or not. No attribute is all.
    pub(crate) fn ldbsearch(&self, filter: &str, attributes: &[&str]) -> Vec<u8> {
        output_of(self.database_tool("ldbsearch").args(["-b", self.base(), filter]).args(attributes))
    }

    /// A tool of Samba that works on the database, before its further arguments.
    fn database_tool(&self, tool: &str) -> Command {
        let mut command = client(tool);
        command.current_dir(self.path()).args(["--configfile=smb.conf", "-H", "private/sam.ldb"]);
        command
    }

    /// Takes a right away: puts an access control entry in SDDL before those that an object has.
    pub(crate) fn deny(&self, dn: &str, entry: &str) {
        let mut command = client("samba-tool");
        command.current_dir(self.path()).args(["dsacl", "set", "--configfile=smb.conf", "-H", "private/sam.ldb", "--action=deny"]);
        output_of(command.arg(format!("--objectdn={dn}")).arg(format!("--sddl={entry}")));
    }

    /// What ldapsearch makes of these arguments; it trusts the authority of the harness alone.
    pub(crate) fn ldapsearch<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        self.ldapsearch_command().args(arguments).output().expect("ldapsearch is there")
    }

    /// LDIF that `reader` gets over LDAPS.
    pub(crate) fn read(&self, filter: &str, attributes: &[&str]) -> Vec<u8> {
        let output = self.ldapsearch(
            ["-H", &self.uri_ldaps(), "-x", "-D", &self.account("reader"), "-w", PASSWORD, "-b", self.base()]
                .into_iter()
                .chain(["-E", "pr=1000/noprompt", filter])
                .chain(attributes.iter().copied()),
        );
        succeeded(&output, filter);
        output.stdout
    }

    /// ldapsearch, before its arguments.
    pub(crate) fn ldapsearch_command(&self) -> Command {
        let mut command = client("ldapsearch");
        command.env("LDAPTLS_CACERT", self.ca_file()).args(["-LLL", "-o", "ldif_wrap=no", "-o", "nettimeout=10"]);
        command
    }

    /// A Kerberos ticket of `reader`: the environment that clients find it by. From here on the server answers to its
    /// address as a service, for clients that cannot look its name up; so there is one ticket for each domain.
    pub(crate) fn ticket(&self) -> [(&'static str, PathBuf); 2] {
        self.ticket_for("1h")
    }

    /// The same, for a while.
    pub(crate) fn ticket_for(&self, lifetime: &str) -> [(&'static str, PathBuf); 2] {
        self.change_services(&format!("add: servicePrincipalName\nservicePrincipalName: ldap/{}\n", self.address));
        let environment = [("KRB5_CONFIG", self.path().join("krb5.conf")), ("KRB5CCNAME", self.path().join("tickets"))];
        let password = self.path().join("password");
        fs::write(&password, format!("{PASSWORD}\n")).unwrap();
        let mut kinit = client("kinit");
        let reader = format!("reader@{}", self.forest().realm);
        kinit.envs(environment.clone()).args(["-l", lifetime]).arg(reader).stdin(File::open(password).unwrap());
        output_of(&mut kinit);
        environment
    }

    /// Nobody gets a ticket for the server any more.
    #[cfg(feature = "kerberos")]
    pub(crate) fn forget_services(&self) {
        self.change_services("delete: servicePrincipalName\n");
    }

    /// The key of the server, for another one that stands in for it.
    #[cfg(feature = "kerberos")]
    pub(crate) fn keytab(&self) -> PathBuf {
        let mut command = client("samba-tool");
        command.current_dir(self.path()).args(["domain", "exportkeytab", "--configfile=smb.conf", "keytab"]);
        output_of(command.arg(format!("--principal=ldap/{}", self.host())));
        self.path().join("keytab")
    }

    fn change_services(&self, change: &str) {
        let server = format!("dn: CN=DC1,OU=Domain Controllers,{}\nchangetype: modify\n{change}", self.base());
        fs::write(self.path().join("services.ldif"), server).unwrap();
        output_of(self.database_tool("ldbmodify").arg("services.ldif"));
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        if self.server.is_some() {
            self.crash();
        }
    }
}

/// The command lines of the processes that work in a folder, whether it is still there or not.
pub(crate) fn processes_in(folder: &Path) -> Vec<String> {
    // Some end while they are looked at.
    let lines = processes(folder).into_iter().filter_map(|process| fs::read_to_string(process.join("cmdline")).ok());
    lines.map(|line| line.replace('\0', " ")).collect()
}

/// What /proc has of the processes that work in a folder.
fn processes(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let is_in_folder = |process: &PathBuf| {
        let place = fs::read_link(process.join("cwd")).unwrap_or_default();
        place.to_string_lossy().trim_end_matches(" (deleted)") == folder.to_string_lossy()
    };
    all.filter(is_in_folder).collect()
}

/// An address of the loopback network for one domain controller, and the socket that keeps it: the operating system
/// gives a port once, to whichever process, and takes it back when that ends. Nobody serves LDAPS over UDP.
fn reserve_address() -> (Ipv4Addr, UdpSocket) {
    // Processes begin far from each other, and so do not meet the last connections of one that has just ended.
    let first = std::process::id().wrapping_mul(0x9E37_79B1) >> 10;
    let numbers = (first..).take(1000);
    let addresses = numbers.map(|number| {
        let [_, high, middle, low] = number.to_be_bytes();
        // From 127.64.0.1 to 127.127.255.254.
        Ipv4Addr::new(127, 64 | high & 63, middle, low.clamp(1, 254))
    });
    let mut reserved = addresses.filter_map(|address| Some((address, UdpSocket::bind((address, 636)).ok()?)));
    reserved.next().expect("root may bind UDP port 636 of a loopback address")
}
