//! Every field of a string, printed by the command line tool's own code.

#[path = "../../../../src/cli/consent/decode/gpp.rs"]
mod gpp;
#[path = "../../../../src/cli/consent/decode/json.rs"]
mod json;
#[path = "../../../../src/cli/consent/decode/tcf.rs"]
mod tcf;
#[path = "../../../../src/cli/consent/decode/words.rs"]
mod words;
#[path = "../../../../src/cli/consent/decode/write.rs"]
mod write;

static mut ANSWER: String = String::new();

/// Where the line for the text in the room is: its place in the upper half, its length in the lower one.
#[unsafe(no_mangle)]
pub extern "C" fn fields(length: usize) -> u64 {
    // Calls come one at a time.
    let answer = unsafe { &mut *(&raw mut ANSWER) };
    answer.clear();
    json::line(crate::text(length), answer);
    (answer.as_ptr() as u64) << 32 | answer.len() as u64
}
