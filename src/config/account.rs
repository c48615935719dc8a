//! `[accounts.NAME]`: the accounts that the bot uses.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs,
    path::PathBuf,
};

use domovoi_plugin::AccountId;
use jid::{BareJid, Jid};

use super::{
    Address, Secret, secret,
    section::{Field, Section},
};

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Begins in the clear and must turn to TLS (RFC 6120 §5).
    StartTls,
    /// TLS from the first byte (XEP-0368).
    Direct,
    /// No encryption; only where the address is this machine.
    None,
}

/// One account of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its JID, with a resource if one was asked for.
    pub jid: Jid,
    /// Its password.
    pub password: Secret,
    /// Where to connect; none: SRV records of the domain, then the domain.
    pub address: Option<Address>,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// An extra trust anchor, in PEM.
    pub ca_file: Option<PathBuf>,
    /// How many rooms it may serve, 1 to 10,000.
    pub max_rooms: u32,
    /// How many answers a second it sends to one room, 1 to 10,000; twice as many at once.
    pub words_per_second: u32,
    /// Whether it only takes over rooms of accounts that are offline.
    pub standby: bool,
}

impl Account {
    /// Reads `[accounts]`; those that have mistakes are left out.
    pub(super) fn read_all(root: &Section<'_>) -> BTreeMap<AccountId, Self> {
        let mut accounts = BTreeMap::new();
        let mut owners_of_jids: BTreeMap<BareJid, String> = BTreeMap::new();
        let entries = root.entries("accounts");
        if entries.is_empty() {
            root.missing(
                "accounts",
                "there is no account: write a table such as [accounts.main] with jid and password",
            );
        }
        let n_standby = entries.iter().filter(|field| is_standby(field)).count();
        if let Some(first) = entries.first().filter(|_| n_standby == entries.len()) {
            first.wrong("every account is a standby, so none would serve a room: one needs `standby = false`");
        }
        for field in entries {
            let Some((id, account)) = Self::read(&field) else { continue };
            match owners_of_jids.entry(account.jid.to_bare()) {
                Entry::Vacant(entry) => {
                    entry.insert(id.to_string());
                }
                Entry::Occupied(other) => {
                    field.wrong(format!("`{}` is the JID of account `{}` already", other.key(), other.get()));
                }
            }
            accounts.insert(id, account);
        }
        accounts
    }

    fn read(field: &Field<'_>) -> Option<(AccountId, Self)> {
        let id = AccountId::new(field.name).map_err(|error| field.wrong(error.to_string())).ok();
        let section = field.section()?;
        let jid = section.parse("jid", "a JID such as \"domovoi@example.org\"", read_jid);
        if section.field("jid").is_none() {
            section.missing("jid", "it is missing: the account's address, such as `domovoi@example.org`");
        }
        let password = secret::read(&section);
        if !secret::is_given(&section) {
            section.missing("password", "it is missing: write password, password_file or password_env");
        }
        let address = section.parse("address", "an address such as \"127.0.0.1:5222\"", str::parse::<Address>);
        let tls = read_tls(&section, address.as_ref());
        let ca_file = section.parse("ca_file", "a path in quotes", |text| read_ca_file(section.reader.resolve(text)));
        let max_rooms = section.field("max_rooms").and_then(|field| field.number(1, 10_000)).unwrap_or(100);
        let words_per_second =
            section.field("words_per_second").and_then(|field| field.number(1, 10_000)).unwrap_or(10);
        let standby = section.switch("standby").unwrap_or(false);
        section.finish();
        let (jid, password) = (jid?, password?);
        Some((id?, Self { jid, password, address, tls, ca_file, max_rooms, words_per_second, standby }))
    }
}

fn is_standby(field: &Field<'_>) -> bool {
    // Only looks: what is wrong in the table is said when it is read.
    field.table().and_then(|table| table.get("standby")).is_some_and(|node| node.is_true())
}

fn read_jid(text: &str) -> Result<Jid, String> {
    let jid = Jid::new(text).map_err(|error| format!("`{text}` is not a JID: {error}"))?;
    if jid.node().is_none() {
        return Err(format!("`{text}` is not an account's JID: the part before @ is missing"));
    }
    Ok(jid)
}

fn read_tls(section: &Section<'_>, address: Option<&Address>) -> Tls {
    let choices = [("starttls", Tls::StartTls), ("direct", Tls::Direct), ("none", Tls::None)];
    let tls = section.choice("tls", &choices).unwrap_or(Tls::StartTls);
    if tls == Tls::None
        && !address.is_some_and(Address::is_loopback)
        && let Some(field) = section.field("tls")
    {
        field.wrong("`none` is only for a server on this machine: it needs `address = \"127.0.0.1:5222\"` or the like");
    }
    tls
}

fn read_ca_file(path: PathBuf) -> Result<PathBuf, String> {
    let text = fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let mark = b"-----BEGIN CERTIFICATE-----";
    if !text.windows(mark.len()).any(|window| window == mark) {
        return Err(format!("there is no certificate in PEM form in {}", path.display()));
    }
    Ok(path)
}
