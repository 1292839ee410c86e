//! `gatos trust`: who is who, who may what, and who said so.

use clap::Subcommand;
use gatos_canon::Value;
use gatos_ledger_core::authority::{self, Trust};
use gatos_ledger_core::grant::{Grant, GrantFault, SignedGrant, Subject, verified_grants};
use gatos_ledger_core::key::{PublicKey, SigningKey};
use gatos_ledger_core::model::{ActorId, TRUST_REF};
use gatos_ledger_core::time::{ms_to_rfc3339, rfc3339_to_ms};
use gatos_ledger_core::trust::group_fault;
use gatos_ledger_core::ulid::Ulid;
use gatos_ledger_git::os_random;

use super::Context;
use crate::failure::{Exit, Failure, Result};
use crate::output::{Facts, Output};
use crate::project::{Project, authority_failure, may_add, now_ms};
use crate::push::judge::is_wrong;

/// Say who is who and who may what, and look at it
///
/// The trust graph (actors with their keys, groups, roots) and the grants lie in refs/gatos/trust.
/// Roots change the graph; anyone may grant who is a root, or holds trust:grant and what is granted.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Letting a second person in:\n  bob$ gatos key new user:bob\n  ann$ gatos trust add user:bob ed25519:…\n  ann$ gatos trust grant user:bob journal:append --exp 2027-01-01"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Show actors, keys, groups, roots, and the grants that count now
    Show {
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Check every change of the trust ref and every grant, each with its verdict
    ///
    /// Ends with 1 when a change was not signed by a root, or a grant is damaged, wrongly signed or
    /// granted by someone who may not. Expired, revoked and replaced grants are told and are no fault.
    Verify {
        /// The time to judge at: 2027-01-01 or RFC 3339; without it, now
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        at: Option<u64>,
        /// One JSON object for each grant
        #[arg(long)]
        json: bool,
    },
    Grant(GrantArgs),
    /// Take a grant back, from now on
    Revoke {
        /// The grant's ULID
        ulid: String,
        /// Who revokes: its issuer or a root; without it, the actor that signs here
        #[arg(long)]
        actor: Option<String>,
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
    /// Add an actor's public key to the trust graph; a root does this
    Add {
        /// The actor: user:NAME, agent:NAME or service:NAME
        actor: String,
        /// Its public key: ed25519:…
        key: String,
        /// Make it a root as well: its word is final then
        #[arg(long)]
        root: bool,
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a new key take the place of an actor's keys; a root does this
    ///
    /// What the old keys signed until now stays valid. `gatos key rotate` does it for a key that is here.
    Rotate {
        /// The actor
        actor: String,
        /// Its new public key
        key: String,
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
    /// Retire a key: what it signed from then on counts no longer; a root does this
    Retire {
        /// The actor
        actor: String,
        /// The key
        key: String,
        /// Since when: 2027-01-01 or RFC 3339; without it, now
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        since: Option<u64>,
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a group or change its members and threshold; a root does this
    Group {
        /// The group's name
        name: String,
        /// A member to add; may be given several times
        #[arg(long, value_name = "ACTOR")]
        add: Vec<String>,
        /// A member to take out; may be given several times
        #[arg(long, value_name = "ACTOR")]
        remove: Vec<String>,
        /// How many members act for the group
        #[arg(long, value_name = "N")]
        threshold: Option<u32>,
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
    /// Make an actor a root, or no longer one; a root does this
    Root {
        /// The actor
        actor: String,
        /// Take the actor out of the roots
        #[arg(long)]
        remove: bool,
        /// Facts as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Grant capabilities to an actor or group, signed by you
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos trust grant agent:echo journal:append --exp 2027-01-01\n  gatos trust grant group:leads api:change --aud 'gatos://code/**'\n  gatos trust grant user:bob 'journal:*' --prev 01JD3Z6N3W5T8M2Q4R6S8T0V2X   # in place of an earlier one"
)]
struct GrantArgs {
    /// Who holds it: an actor, or group:NAME
    subject: String,
    /// Capabilities, such as journal:append; a final :* stands for everything below
    #[arg(required = true, value_name = "CAP")]
    caps: Vec<String>,
    /// Until when: 2027-01-01 or RFC 3339; without it, until it is revoked
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    exp: Option<u64>,
    /// From when; without it, from now on
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    not_before: Option<u64>,
    /// What it is for, a glob such as gatos://finance/**; may be given several times. Without it, everything
    #[arg(long, value_name = "GLOB")]
    aud: Vec<String>,
    /// The ULID of a grant that this one replaces: same issuer and subject
    #[arg(long, value_name = "ULID")]
    prev: Option<String>,
    /// Who grants; without it, the actor that signs here
    #[arg(long)]
    actor: Option<String>,
    /// The grant as JSON
    #[arg(long)]
    json: bool,
}

fn parse_time(text: &str) -> std::result::Result<u64, String> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    rfc3339_to_ms(&whole)
        .and_then(|ms| u64::try_from(ms).ok())
        .ok_or_else(|| "a time is a date such as 2027-01-01, or RFC 3339 such as 2027-01-01T12:00:00Z".to_owned())
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let project = context.project()?;
    match args.command {
        Command::Show { json } => show(&context.json(json), &project),
        Command::Verify { at, json } => verify(&context.json(json), &project, at.unwrap_or_else(now_ms)),
        Command::Grant(args) => {
            let json = args.json;
            grant(&context.json(json), &project, args)
        }
        Command::Revoke { ulid, actor, json } => revoke(&context.json(json), &project, &ulid, actor.as_deref()),
        Command::Add { actor, key, root, json } => add(&context.json(json), &project, &actor, &key, root),
        Command::Rotate { actor, key, json } => rotate(&context.json(json), &project, &actor, &key),
        Command::Retire { actor, key, since, json } => retire(&context.json(json), &project, &actor, &key, since),
        Command::Group { name, add, remove, threshold, json } => {
            group(&context.json(json), &project, &name, (&add, &remove), threshold)
        }
        Command::Root { actor, remove, json } => root(&context.json(json), &project, &actor, remove),
    }
}

/// A root that signs here, or why there is none.
fn root_who_signs(project: &Project) -> Result<ActorId> {
    let graph = project.trust()?;
    if let Some(root) = project.root_here(&graph)? {
        return Ok(root);
    }
    let roots: Vec<&str> = graph.roots.iter().map(ActorId::as_str).collect();
    Err(match roots.as_slice() {
        [] => Failure::input("the trust graph has no roots, so nobody may change it")
            .help("`gatos init` makes the actor that signs here its owner"),
        roots => {
            Failure::no(format!("only roots change the trust graph, and no key of {} is here", roots.join(" or ")))
                .help("ask one of them to run this command, and fetch refs/gatos/trust then")
        }
    })
}

fn key_of(text: &str) -> Result<PublicKey> {
    text.parse().map_err(|e| {
        Failure::usage(format!("{text:?} is not a public key: {e}"))
            .help("`gatos key show` prints it where the key was made: ed25519:…")
    })
}

fn view_of(trust: &Trust, now: u64) -> Value {
    let verdicts = verified_grants(&trust.graph, &trust.grants, now, None);
    let mut whole = trust.graph.to_value();
    if let Value::Map(map) = &mut whole {
        map.insert("grants", Value::Array(verdicts.good.iter().map(SignedGrant::to_value).collect()));
        if let Some(commit) = &trust.commit {
            map.insert("commit", commit.to_string());
        }
    }
    whole
}

fn show(context: &Context, project: &Project) -> Result<()> {
    let trust = authority::read_trust(&project.store)?;
    let now = now_ms();
    if context.out.json {
        return context.out.line(view_of(&trust, now).to_json_string());
    }
    if trust.commit.is_none() {
        return Err(Failure::input(format!("there is no {TRUST_REF} here")).help(
            "`gatos init` makes it, or fetch it: `git fetch origin 'refs/gatos/*:refs/gatos/*' '^refs/gatos/audit/*'`",
        ));
    }
    let mut lines = vec!["actors".to_owned()];
    for (actor, entry) in &trust.graph.actors {
        let root = if trust.graph.is_root(actor) { " (root)" } else { "" };
        let keys: Vec<String> = entry.keys.iter().map(ToString::to_string).collect();
        let keys = if keys.is_empty() { "no key in use".to_owned() } else { keys.join(" ") };
        lines.push(format!("  {actor}{root}  {keys}"));
        for (key, until) in &entry.retired {
            lines.push(format!("    retired {key}, good until {}", ms_to_rfc3339(*until)));
        }
    }
    if !trust.graph.groups.is_empty() {
        lines.push("groups".to_owned());
    }
    for (name, group) in &trust.graph.groups {
        let members: Vec<&str> = group.members.iter().map(ActorId::as_str).collect();
        let threshold = group.threshold.map(|n| format!(", {n} act for it")).unwrap_or_default();
        lines.push(format!("  {name}  {}{threshold}", members.join(" ")));
    }
    let verdicts = verified_grants(&trust.graph, &trust.grants, now, None);
    lines.push(if verdicts.good.is_empty() { "no grants count now" } else { "grants that count now" }.to_owned());
    lines.extend(verdicts.good.iter().map(|grant| format!("  {}", grant_line(&grant.grant))));
    let others = verdicts.refused.len() + trust.damaged.len();
    if others > 0 {
        lines.push(format!("{others} more do not count; `gatos trust verify` tells why"));
    }
    context.out.words(lines.join("\n"))
}

/// A grant in a line.
fn grant_line(grant: &Grant) -> String {
    let mut line = format!("{} {}: {} from {}", grant.ulid, grant.subject, grant.caps.join(" "), grant.issuer);
    if !grant.aud.is_empty() {
        line.push_str(&format!(", for {}", grant.aud.join(" ")));
    }
    if let Some(from) = grant.not_before {
        line.push_str(&format!(", from {}", ms_to_rfc3339(from)));
    }
    if let Some(exp) = grant.exp {
        line.push_str(&format!(", until {}", ms_to_rfc3339(exp)));
    }
    line
}

fn verify(context: &Context, project: &Project, at: u64) -> Result<()> {
    let store = &project.store;
    let trust = authority::read_trust(store)?;
    let Some(head) = &trust.commit else {
        return Err(Failure::input(format!("there is no {TRUST_REF} here")).help(
            "`gatos init` makes it, or fetch it: `git fetch origin 'refs/gatos/*:refs/gatos/*' '^refs/gatos/audit/*'`",
        ));
    };
    let history = authority::verify_growth(store, None, head);
    let verdicts = verified_grants(&trust.graph, &trust.grants, at, None);
    let mut wrong = 0;
    let tell = |ulid: String, grant: Option<&Grant>, counts: bool, verdict: String| -> Result<()> {
        let mut facts = Facts::new().text("ulid", &ulid).flag("counts", counts).text("verdict", &verdict);
        if let Some(grant) = grant {
            facts = facts.value("grant", &grant.to_value());
        }
        context.out.facts(facts, || match grant {
            Some(grant) if grant.revokes.is_none() => format!("{}\n    {verdict}", grant_line(grant)),
            _ => format!("{ulid}\n    {verdict}"),
        })
    };
    for grant in &trust.grants {
        let says = &grant.grant;
        let refusal = verdicts.refused.iter().find(|refusal| refusal.ulid == says.ulid);
        let verdict = match (refusal, &says.revokes) {
            (Some(refusal), _) => {
                wrong += usize::from(is_wrong(&refusal.fault));
                format!("does not count: {}", refusal.fault)
            }
            (None, Some(revoked)) => format!("holds: {} revokes {revoked}", says.issuer),
            (None, None) => "counts".to_owned(),
        };
        tell(says.ulid.to_string(), Some(says), refusal.is_none(), verdict)?;
    }
    for file in &trust.damaged {
        wrong += 1;
        tell(file.path.clone(), None, false, format!("is not a grant: {}", file.error))?;
    }
    if let Err(e) = history {
        return Err(authority_failure(e)).map_err(|failure| Failure { exit: Exit::No, ..failure });
    }
    if wrong > 0 {
        let all = trust.grants.len() + trust.damaged.len();
        return Err(Failure::no(format!("{wrong} of {all} grants are not what they should be"))
            .help("have a root issue them again with `gatos trust grant`, or revoke them"));
    }
    if !context.out.json {
        context.out.say(format!("every change of {TRUST_REF} was signed by a root or added grants alone"));
    }
    Ok(())
}

fn new_ulid() -> Result<Ulid> {
    let entropy = os_random::<10>()?;
    Ulid::from_parts(now_ms(), entropy).ok_or_else(|| Failure::world("the clock is beyond what a ULID can hold"))
}

/// Looks whether a grant would count, before it is written for ever: one that never could is refused, and of one
/// whose time is still to come there is a warning.
fn must_count(out: &Output, trust: &Trust, grant: &Grant, key: &SigningKey) -> Result<()> {
    let signed = grant.clone().sign(key).map_err(|e| Failure::usage(e.to_string()))?;
    let grants: Vec<SignedGrant> = trust.grants.iter().cloned().chain([signed]).collect();
    let verdicts = verified_grants(&trust.graph, &grants, now_ms().max(grant.ulid.time_ms()), None);
    let Some(refusal) = verdicts.refused.iter().find(|refusal| refusal.ulid == grant.ulid) else { return Ok(()) };
    let text = refusal.fault.to_string();
    if !is_wrong(&refusal.fault) {
        out.warn(format!("this grant does not count: {text}"));
        return Ok(());
    }
    let no = |what: &str| Failure::no(format!("this grant would not count, so it was not written: {what}"));
    Err(match text.rsplit_once("; ") {
        Some((what, remedy)) => no(what).help(remedy),
        None => no(&text),
    })
}

fn grant(context: &Context, project: &Project, args: GrantArgs) -> Result<()> {
    let issuer = project.actor(args.actor.as_deref())?;
    let subject = Subject::parse(&args.subject).map_err(|e| Failure::usage(e.to_string()))?;
    let key = project.trusted_key(&issuer)?;
    let trust = authority::read_trust(&project.store)?;
    let mut grant = Grant::new(new_ulid()?, issuer, subject.clone(), args.caps);
    grant.aud = args.aud;
    grant.exp = args.exp;
    grant.not_before = args.not_before;
    if let Some(text) = &args.prev {
        grant.prev = Some(find(&trust, text)?.digest);
    }
    if grant.exp.is_some_and(|exp| exp <= grant.ulid.time_ms()) {
        return Err(Failure::usage("the grant would be over before it begins").help("give a later --exp"));
    }
    if let Subject::Actor(actor) = &subject
        && trust.graph.keys(actor).next().is_none()
    {
        context.out.warn(format!("{actor} has no key in the trust graph yet; `gatos trust add {actor} KEY` adds one"));
    }
    must_count(&context.out, &trust, &grant, &key)?;
    let signed = project.issue(grant)?;
    if context.out.json {
        return context.out.line(signed.to_value().to_json_string());
    }
    context.out.words(format!("granted {}", grant_line(&signed.grant)))
}

fn find<'t>(trust: &'t Trust, text: &str) -> Result<&'t SignedGrant> {
    let ulid = Ulid::parse(&text.to_ascii_uppercase())
        .map_err(|e| Failure::usage(format!("{text:?} is not a ULID: {e}")).help("`gatos trust show` lists grants"))?;
    trust.grants.iter().find(|grant| grant.grant.ulid == ulid).ok_or_else(|| {
        Failure::input(format!("there is no grant {ulid}")).help("`gatos trust verify` lists all grants that are here")
    })
}

fn revoke(context: &Context, project: &Project, ulid: &str, actor: Option<&str>) -> Result<()> {
    let actor = project.actor(actor)?;
    project.trusted_key(&actor)?;
    let trust = authority::read_trust(&project.store)?;
    let revoked = find(&trust, ulid)?;
    let grant = &revoked.grant;
    if grant.revokes.is_some() {
        return Err(Failure::input(format!("{} is a revocation itself, and those are for ever", grant.ulid))
            .help("issue a new grant with `gatos trust grant`"));
    }
    if grant.issuer != actor && !trust.graph.is_root(&actor) {
        return Err(
            Failure::no(format!("{actor} may not revoke a grant of {}", grant.issuer)).help("its issuer or a root can")
        );
    }
    let verdicts = verified_grants(&trust.graph, &trust.grants, now_ms(), None);
    let before = verdicts.refused.iter().find(|r| r.ulid == grant.ulid);
    if let Some(GrantFault::Revoked { by, issuer }) = before.map(|refusal| &refusal.fault) {
        let facts = Facts::new().text("revoked", grant.ulid).text("by", by).flag("changed", false);
        return context.out.facts(facts, || format!("{issuer} revoked {} already, with {by}", grant.ulid));
    }
    let signed = project.issue(Grant::revocation(new_ulid()?, actor, grant))?;
    let facts = Facts::new().text("revoked", grant.ulid).text("by", signed.grant.ulid).flag("changed", true);
    context.out.facts(facts, || format!("revoked {}", grant_line(grant)))
}

fn add(context: &Context, project: &Project, actor: &str, key: &str, root: bool) -> Result<()> {
    let (actor, key) = (ActorId::parse(actor)?, key_of(key)?);
    let signer = root_who_signs(project)?;
    let changed = project.edit_trust(&signer, &format!("trust: key of {actor}"), &mut |graph| {
        may_add(graph, &actor, &key)?;
        let new_key = graph.add_key(&actor, key.clone());
        let new_root = root && graph.roots.insert(actor.clone());
        Ok(new_key || new_root)
    })?;
    let facts = Facts::new().text("actor", &actor).text("key", &key).flag("changed", changed);
    context.out.facts(facts, || match changed {
        true => format!("{actor} {key}"),
        false => format!("{actor} {key} (it was there already)"),
    })
}

fn rotate(context: &Context, project: &Project, actor: &str, key: &str) -> Result<()> {
    let (actor, key) = (ActorId::parse(actor)?, key_of(key)?);
    let signer = root_who_signs(project)?;
    known(project, &actor)?;
    let now = now_ms();
    let changed = project.edit_trust(&signer, &format!("trust: new key of {actor}"), &mut |graph| {
        may_add(graph, &actor, &key)?;
        let before = graph.clone();
        graph.rotate(&actor, key.clone(), now);
        Ok(*graph != before)
    })?;
    let facts = Facts::new().text("actor", &actor).text("key", &key).flag("changed", changed);
    context.out.facts(facts, || match changed {
        true => format!("{actor} signs with {key} from now on; what its old keys signed until now stays valid"),
        false => format!("{actor} signs with {key} already"),
    })
}

fn known(project: &Project, actor: &ActorId) -> Result<()> {
    if project.trust()?.actors.contains_key(actor) {
        return Ok(());
    }
    Err(Failure::input(format!("the trust graph does not know {actor}"))
        .help(format!("`gatos trust add {actor} KEY` adds it; `gatos trust show` lists those it knows")))
}

fn retire(context: &Context, project: &Project, actor: &str, key: &str, since: Option<u64>) -> Result<()> {
    let (actor, key) = (ActorId::parse(actor)?, key_of(key)?);
    let signer = root_who_signs(project)?;
    known(project, &actor)?;
    let until = since.unwrap_or_else(now_ms);
    let changed = project.edit_trust(&signer, &format!("trust: {actor} retires a key"), &mut |graph| {
        let last = graph.is_root(&actor) && graph.roots.len() == 1 && graph.keys(&actor).all(|k| *k == key);
        if last {
            return Err(authority::AuthorityError::Refused(format!(
                "it is the last key of the last root {actor}: nobody could change the graph any more; make another root or rotate the key instead"
            )));
        }
        let Some(entry) = graph.actors.get_mut(&actor) else { return Ok(false) };
        let in_use = entry.keys.remove(&key);
        let earlier = entry.retired.get(&key).is_some_and(|there| until < *there);
        if in_use || earlier {
            entry.retired.insert(key.clone(), until);
        }
        Ok(in_use || earlier)
    })?;
    let graph = project.trust()?;
    let end = graph.actors.get(&actor).and_then(|entry| entry.retired.get(&key)).copied();
    match (changed, end) {
        (false, None) => {
            return Err(Failure::input(format!("{key} is no key of {actor}"))
                .help("`gatos trust show` lists the keys of everyone"));
        }
        (false, Some(end)) if since.is_some_and(|since| since > end) => {
            return Err(Failure::no(format!(
                "{key} is retired since {} already, and its end only ever moves earlier",
                ms_to_rfc3339(end)
            )));
        }
        _ => {}
    }
    let facts = Facts::new().text("actor", &actor).text("key", &key).flag("changed", changed);
    context.out.facts(facts, || match changed {
        true => format!("{key} speaks for {actor} only about what was made until {}", ms_to_rfc3339(until)),
        false => format!("{key} was retired already; nothing was changed"),
    })
}

fn group(
    context: &Context,
    project: &Project,
    name: &str,
    (add, remove): (&[String], &[String]),
    threshold: Option<u32>,
) -> Result<()> {
    if let Some(fault) = group_fault(name) {
        return Err(Failure::usage(format!("{name:?} cannot be a group: {fault}")));
    }
    let actors = |texts: &[String]| -> Result<Vec<ActorId>> { texts.iter().map(|t| Ok(ActorId::parse(t)?)).collect() };
    let (add, remove) = (actors(add)?, actors(remove)?);
    let signer = root_who_signs(project)?;
    let changed = project.edit_trust(&signer, &format!("trust: group {name}"), &mut |graph| {
        let before = graph.clone();
        let group = graph.groups.entry(name.to_owned()).or_default();
        group.members.extend(add.iter().cloned());
        remove.iter().for_each(|actor| _ = group.members.remove(actor));
        if let Some(threshold) = threshold {
            group.threshold = (threshold > 0).then_some(threshold);
        }
        if group.threshold.is_some_and(|n| n as usize > group.members.len()) {
            return Err(authority::AuthorityError::Refused(format!(
                "group {name} would have {} members and need more of them to act; add members or lower --threshold",
                group.members.len()
            )));
        }
        Ok(*graph != before)
    })?;
    let graph = project.trust()?;
    for actor in add.iter().filter(|actor| !graph.actors.contains_key(actor)) {
        context.out.warn(format!("the trust graph has no key of {actor}; `gatos trust add {actor} KEY` adds one"));
    }
    let group = graph.groups.get(name).cloned().unwrap_or_default();
    let members: Vec<&str> = group.members.iter().map(ActorId::as_str).collect();
    let mut facts = Facts::new().text("group", name).list("members", &members).flag("changed", changed);
    if let Some(n) = group.threshold {
        facts = facts.int("threshold", n.into());
    }
    context.out.facts(facts, || {
        let threshold = group.threshold.map(|n| format!(", {n} act for it")).unwrap_or_default();
        match members.as_slice() {
            [] => format!("{name} has no members"),
            members => format!("{name}: {}{threshold}", members.join(" ")),
        }
    })
}

fn root(context: &Context, project: &Project, actor: &str, remove: bool) -> Result<()> {
    let actor = ActorId::parse(actor)?;
    let signer = root_who_signs(project)?;
    known(project, &actor)?;
    let changed = project.edit_trust(&signer, &format!("trust: roots, {actor}"), &mut |graph| {
        if remove && graph.roots.len() == 1 && graph.is_root(&actor) {
            return Err(authority::AuthorityError::Refused(format!(
                "{actor} is the last root: nobody could change the graph any more; make another root first"
            )));
        }
        Ok(if remove { graph.roots.remove(&actor) } else { graph.roots.insert(actor.clone()) })
    })?;
    let roots: Vec<String> = project.trust()?.roots.iter().map(ToString::to_string).collect();
    let facts = Facts::new().list("roots", &roots).flag("changed", changed);
    context.out.facts(facts, || format!("roots: {}", roots.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_or_rfc_3339() {
        assert_eq!(parse_time("2027-01-01"), Ok(1_798_761_600_000));
        assert_eq!(parse_time("2027-01-01T00:00:00Z"), Ok(1_798_761_600_000));
        for bad in ["", "tomorrow", "2027-13-01", "1798761600", "2027-01-01T25:00:00Z"] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
    }
}
