//! The start of every signed payload, and the role data of timestamp, release and overlay.
//!
//! Takes the payload of a document; gives its fields. It never judges time, version or scope: `open` does, in one place.

use alloc::string::String;
use alloc::vec::Vec;

use super::cbor::Reader;
use super::refusal::{Part, Refusal, Refused, check, check_count, check_size};
use super::release::{Order, Target};
use super::{Action, ENGINE, Kind, ORDERS_MAX, Role, SCHEMA, Scope, TARGETS_MAX};
use crate::words::time;

/// The fields that every payload has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) role: Role,
    pub(crate) version: u64,
    pub(crate) issued_ms: i64,
    pub(crate) expires_ms: i64,
}

/// An entry of the timestamp: the document of a role.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pinned {
    pub(crate) role: Role,
    pub(crate) version: u64,
    pub(crate) length: u64,
    pub(crate) sha256: [u8; 32],
}

/// Reads a payload. The header comes first, and decides if this engine may read on. The role data follows, and begins with
/// the scope. The closure is told whether the role data has its last field, which a root or an overlay can go without.
pub(crate) fn read<T>(
    payload: &[u8],
    role: Role,
    scope: &Scope<'_>,
    data: impl FnOnce(&mut Reader<'_>, bool) -> Result<T, Refused>,
) -> Result<(Header, T), Refused> {
    let (header, role_data) = split(payload, role)?;
    let mut reader = Reader::new(role_data, Part::Document(role));
    let has_more = check_scope(&mut reader, role, scope)?;
    let value = data(&mut reader, has_more)?;
    reader.end()?;
    Ok((header, value))
}

/// The reason behind a signature that fails: a document that names another scope was moved rather than forged. The claim is
/// not trusted, and only picks the words of a refusal.
pub(crate) fn claims_other_scope(payload: &[u8], role: Role, scope: &Scope<'_>) -> Option<Refused> {
    let (_, role_data) = split(payload, role).ok()?;
    let refusal = check_scope(&mut Reader::new(role_data, Part::Document(role)), role, scope).err()?;
    matches!(*refusal, Refusal::WrongRepository { .. } | Refusal::WrongEnvironment { .. }).then_some(refusal)
}

pub(crate) fn claimed_scope(payload: &[u8], role: Role) -> Result<(String, String), Refused> {
    let (_, role_data) = split(payload, role)?;
    let (_, repository, environment) = scope_of(&mut Reader::new(role_data, Part::Document(role)))?;
    Ok((repository.into(), environment.into()))
}

#[cfg(feature = "author")]
pub(crate) fn expires_ms(payload: &[u8], role: Role) -> Option<i64> {
    Some(split(payload, role).ok()?.0.expires_ms)
}

/// The version that a payload claims.
#[cfg(feature = "author")]
pub(crate) fn version(payload: &[u8], role: Role) -> Option<u64> {
    split(payload, role).ok().map(|(header, _)| header.version)
}

/// The engine level that a payload asks for, also where this engine has a lower one.
#[cfg(feature = "author")]
pub(crate) fn needs(payload: &[u8], role: Role) -> Option<u64> {
    let mut reader = Reader::new(payload, Part::Document(role));
    reader.map_of(6, "a payload has six fields").ok()?;
    for key in 1..=5 {
        let _ = reader.key(key).ok()?.item().ok()?;
    }
    reader.key(6).ok()?.uint().ok()
}

fn split(payload: &[u8], role: Role) -> Result<(Header, &[u8]), Refused> {
    let mut reader = Reader::new(payload, Part::Document(role));
    reader.map_of(6, "a payload has six fields")?;
    let version = reader.key(1)?.uint()?;
    let expires_ms = moment(reader.key(2)?)?;
    let role_data = reader.key(3)?.item()?;
    let issued_ms = moment(reader.key(4)?)?;
    let schema = reader.key(5)?.uint()?;
    let needs = reader.key(6)?.uint()?;
    reader.end()?;
    check(needs <= ENGINE, || Refusal::EngineTooOld { role, needs })?;
    check(schema == SCHEMA, || Refusal::SchemaUnknown { role, schema })?;
    Ok((Header { role, version, issued_ms, expires_ms }, role_data))
}

/// Unix seconds as milliseconds, up to the year 9999.
fn moment(reader: &mut Reader<'_>) -> Result<i64, Refused> {
    let ms = i64::try_from(reader.uint()?).ok().and_then(|seconds| seconds.checked_mul(time::SECOND));
    ms.and_then(time::in_range).ok_or_else(|| reader.malformed("a time is past the year 9999"))
}

fn scope_of<'a>(reader: &mut Reader<'a>) -> Result<(u64, &'a str, &'a str), Refused> {
    let fields = reader.map()?;
    let repository = reader.key(1)?.text()?;
    let environment = reader.key(2)?.text()?;
    let is_valid = Scope { repository, environment }.is_valid();
    reader.require(is_valid, "the name of a repository or environment is not a name")?;
    Ok((fields, repository, environment))
}

/// Reads the head of the role data's map, with the scope, and leaves the reader at key 3. Tells if there is one field more
/// than there must be.
fn check_scope(reader: &mut Reader<'_>, role: Role, scope: &Scope<'_>) -> Result<bool, Refused> {
    let (fields, repository, environment) = scope_of(reader)?;
    check(repository == scope.repository, || Refusal::WrongRepository { role, found: repository.into() })?;
    check(environment == scope.environment, || Refusal::WrongEnvironment { role, found: environment.into() })?;
    let least = if role == Role::Root { 4 } else { 3 };
    let has_more = fields > least && matches!(role, Role::Root | Role::Overlay);
    reader.require(fields == least + u64::from(has_more), "the role data has another number of fields")?;
    Ok(has_more)
}

/// The overlay's `[[action, name, end | 0, reason], …]`.
pub(crate) fn orders(reader: &mut Reader<'_>) -> Result<Vec<Order>, Refused> {
    let count = reader.key(4)?.array()?;
    check_count(Part::Document(Role::Overlay), "orders", count, ORDERS_MAX)?;
    let mut orders = Vec::new();
    for _ in 0..count {
        reader.array_of(4, "an order has four parts")?;
        let action = reader.member(Action::from_byte, "an order is of an unknown kind")?;
        let (name, until_ms) = (reader.text()?.into(), moment(reader)?);
        let until_ms = if until_ms == 0 { time::MAX } else { until_ms };
        let _reason = reader.text()?;
        orders.push(Order {
            action,
            name,
            until_ms,
            #[cfg(feature = "author")]
            reason: _reason.into(),
        });
    }
    Ok(orders)
}

/// The timestamp's `{role: [version, length, SHA-256]}`.
pub(crate) fn snapshot(reader: &mut Reader<'_>) -> Result<Vec<Pinned>, Refused> {
    let count = reader.key(3)?.map()?;
    let mut pinned: Vec<Pinned> = Vec::new();
    for _ in 0..count {
        let role = reader.member(Role::from_byte, "the snapshot names an unknown role")?;
        let is_next = role > pinned.last().map_or(Role::Timestamp, |before| before.role);
        reader.require(is_next, "the snapshot lists release, data and overlay, in this order")?;
        reader.array_of(3, "an entry of the snapshot has three parts")?;
        let (version, length) = (reader.uint()?, reader.uint()?);
        pinned.push(Pinned { role, version, length, sha256: reader.array_of_bytes("a SHA-256 has 32 bytes")? });
    }
    Ok(pinned)
}

/// `[[kind, length, SHA-256], …]`. A release has one program, one index, any number of chunks, at most one debug file and
/// one notice. An overlay has at most one list of revocations. Data has one payload.
pub(crate) fn targets(reader: &mut Reader<'_>, role: Role) -> Result<Vec<Target>, Refused> {
    let count = reader.key(3)?.array()?;
    check_count(Part::Document(role), "targets", count, TARGETS_MAX)?;
    let mut targets = Vec::new();
    for _ in 0..count {
        reader.array_of(3, "a target has three parts")?;
        // A kind that this engine does not know may take something back: it is refused in an overlay as in a release.
        let kind = reader.member(Kind::from_byte, "a target is of an unknown kind")?;
        reader.require(kind.role() == role, "a target is of an unknown kind")?;
        let length = reader.uint()?;
        check_size(Part::Target(kind), length, kind.bytes_max())?;
        targets.push(Target { kind, length, sha256: reader.array_of_bytes("a SHA-256 has 32 bytes")? });
    }
    for kind in [Kind::Program, Kind::Index, Kind::Debug, Kind::Notice, Kind::Revocations, Kind::Data, Kind::Journeys] {
        let part = Part::Target(kind);
        let count = targets.iter().filter(|target: &&Target| target.kind == kind).count();
        check(count <= 1, || Refusal::TooMany { part, what: "targets of this kind", max: 1 })?;
        let is_needed = kind.role() == role && matches!(kind, Kind::Program | Kind::Index | Kind::Data);
        check(count > 0 || !is_needed, || Refusal::Missing { part })?;
    }
    Ok(targets)
}
