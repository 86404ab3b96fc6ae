//! Bytes as changes of something sound: what a mutation of the whole file would rarely hit.

/// The file that `data` asks for: as it stands after a first byte of 255, and else one of `bases`, changed in places.
///
/// Seven bytes a change: where (three bytes), what is done (one), with what (three).
pub(super) fn patched(data: &[u8], bases: &[&[u8]]) -> Option<(usize, Vec<u8>)> {
    let (first, rest) = data.split_first()?;
    if *first == 255 {
        return Some((0, rest.to_vec()));
    }
    let base = usize::from(*first) % bases.len();
    let mut file = bases[base].to_vec();
    for change in rest.chunks_exact(7) {
        let [a, b, c, what, x, y, z] = *change else { continue };
        let length = file.len().max(1);
        let at = u32::from_le_bytes([a, b, c, 0]) as usize % length;
        let value = u32::from_le_bytes([x, y, z, 0]);
        let bytes = match what % 8 {
            0 => vec![x],
            1 => vec![x, y],
            // The largest numbers too.
            2 => (value as i32).wrapping_shl(8).wrapping_shr(8).to_le_bytes().to_vec(),
            3 => vec![x, y, z, 0, 0, 0, 0, 0],
            4 => {
                let from = value as usize % length;
                file[from..file.len().min(from + 8)].to_vec()
            }
            5 => {
                file.truncate(at);
                Vec::new()
            }
            6 => {
                let added = file[at..file.len().min(at + 1 + value as usize % 64)].to_vec();
                file.splice(at..at, added);
                Vec::new()
            }
            _ => {
                let end = file.len().min(at + 1 + value as usize % 64);
                file.drain(at..end);
                Vec::new()
            }
        };
        for (place, byte) in file.iter_mut().skip(at).zip(bytes) {
            *place = byte;
        }
    }
    Some((base, file))
}
