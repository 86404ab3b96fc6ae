//! t
pub(crate) fn run(_seed: Option<u32>) -> anyhow::Result<bool> {
    Ok(false)
}
