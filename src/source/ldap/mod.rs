//! A live directory: domain controllers over LDAP, read into spools. The only room in which tokio and ldap3 live.
//!
//! [`read`] takes it from names of servers to LDIF. On the way lie [`locate`] (which servers), [`connection`] (reached,
//! protected by [`tls`], bound), [`guard`] (nothing malformed comes in, nothing that writes goes out), [`search`] (page by
//! page), [`ranges`] (attributes that come in parts), [`split`] (several connections) and [`fault`] (what went wrong).
//! [`forest`] says which servers are read, [`reading`] reads one of them, [`doctor`] looks at one as a run would.

pub mod ber;
pub mod bind_code;
pub mod connection;
pub mod doctor;
pub mod entry;
pub mod fault;
pub mod forest;
pub mod guard;
#[cfg(feature = "kerberos")]
mod kerberos;
pub mod locate;
pub mod message;
pub mod ranges;
mod raw;
pub mod reading;
pub mod root_dse;
pub mod search;
pub mod settings;
pub mod split;
pub mod tls;
pub mod uri;

pub use bind_code::BindCode;
pub use fault::{Fault, Kind};
pub use forest::{Live, Unread, read};
pub use reading::{Missing, Reading};
pub use settings::{Bind, Directory, Password, Scope, Settings, StartTls};
pub use uri::Uri;
