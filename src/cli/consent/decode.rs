//! `selvedge consent decode`: every field of consent strings, one string a line.

mod gpp;
mod human;
mod json;
mod tcf;
mod words;
mod write;

use std::io::{BufRead, BufReader, BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;

use super::super::Outcome;
use super::super::files::MARK;

#[derive(clap::Args)]
#[command(after_help = "\
Each line is a TC string of IAB Europe, a string of the Global Privacy Platform (GPP), or a US Privacy string. The command
tells them apart by their content. A line that cannot be read gives {\"error\": …}. The command then reads the next line, and the
exit code stays 0.

With --json each line gives one object:

  TCF   format, segments, version, created, lastUpdated, cmpId, cmpVersion,
        consentScreen, consentLanguage, vendorListVersion, tcfPolicyVersion
        (also as policyVersion), isServiceSpecific, useNonStandardTexts,
        specialFeatureOptins, purposeConsents, purposeLegitimateInterests,
        purposeOneTreatment, publisherCountryCode, vendorConsents,
        vendorLegitimateInterests, publisherRestrictions (purposeId,
        restrictionType, vendors), vendorsDisclosed, vendorsAllowed,
        publisherConsents, publisherLegitimateInterests, numCustomPurposes,
        publisherCustomConsents, publisherCustomLegitimateInterests
  GPP   format, header (Id, Version, SectionIds), and each section under its
        API prefix (tcfeuv2, tcfcav1, uspv1, usnat, usca, …) with the fields
        of its specification
  USP   format, Version, Notice, OptOutSale, LspaCovered

Lists of ids are in ascending order. Times are ISO 8601 in UTC. `segments` names the segments of the string. The fields of
a segment that is missing are empty, 0 or false.

Examples:
  selvedge consent decode --json strings.txt
  echo 1YNN | selvedge consent decode")]
pub(in crate::cli) struct Args {
    /// Files with one string a line; standard input by default
    files: Vec<PathBuf>,
    /// Answer in JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let print = if args.json { json::line } else { human::lines };
    if args.files.is_empty() {
        each(std::io::stdin().lock(), print)?;
    }
    for file in &args.files {
        each(BufReader::new(fs_err::File::open(file)?), print).with_context(|| file.display().to_string())?;
    }
    Ok(Outcome::Clean)
}

fn each(mut input: impl BufRead, print: fn(&str, &mut String)) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let (mut line, mut text, mut is_first) = (Vec::new(), String::new(), true);
    while input.read_until(b'\n', &mut line)? > 0 {
        text.clear();
        // A line that is not text has replacement characters, which are outside of the alphabet, so it is refused.
        let read = String::from_utf8_lossy(&line);
        print(read.strip_prefix(MARK).filter(|_| is_first).unwrap_or(&read).trim(), &mut text);
        out.write_all(text.as_bytes())?;
        line.clear();
        is_first = false;
    }
    Ok(out.flush()?)
}
