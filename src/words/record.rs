//! Records that are described once: a struct or an enum, its postcard bytes, and how they are read.
//!
//! [`record!`] takes the declaration, gives the type with a writer (serde's) and a reader. The reader shares one copy of each primitive.
//! A reader that serde derives has a copy of each primitive at each field, which is a fifth of the engine.

use alloc::string::String;
use alloc::vec::Vec;

use postcard::Deserializer;
use postcard::de_flavors::Slice;
use serde::Deserialize;

/// Declares a struct or an enum whose postcard bytes can be written and [read](Read). Fields are written in their order.
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$of:meta])* $seen:vis $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(::serde::Serialize)]
        #[cfg_attr(test, derive(::serde::Deserialize))]
        $vis struct $name { $($(#[$of])* $seen $field: $type),+ }

        impl $crate::words::record::Read for $name {
            fn read(reader: &mut $crate::words::record::Reader<'_>) -> Self {
                Self { $($field: $crate::words::record::Read::read(reader)),+ }
            }
        }
    };
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$of:meta])* $variant:ident $(($type:ty))?),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(::serde::Serialize)]
        #[cfg_attr(test, derive(::serde::Deserialize))]
        $vis enum $name { $($(#[$of])* $variant $(($type))?),+ }

        impl $crate::words::record::Read for $name {
            fn read(reader: &mut $crate::words::record::Reader<'_>) -> Self {
                let variant = <u32 as $crate::words::record::Read>::read(reader);
                let mut numbers = 0_u32..;
                $(if numbers.next() == Some(variant) {
                    return Self::$variant $((<$type as $crate::words::record::Read>::read(reader)))?;
                })+
                reader.fail()
            }
        }
    };
}
pub(crate) use record;

/// A type that can be read from postcard bytes.
pub(crate) trait Read: Sized {
    /// Reads one; anything at all once the reader has failed.
    fn read(reader: &mut Reader<'_>) -> Self;
}

/// Reads `bytes` whole; `None` for anything else than the bytes of one such record.
pub(crate) fn read<T: Read>(bytes: &[u8]) -> Option<T> {
    let mut reader = Reader { postcard: Deserializer::from_bytes(bytes), is_whole: true };
    let record = T::read(&mut reader);
    let is_at_end = reader.postcard.finalize().is_ok_and(<[u8]>::is_empty);
    (reader.is_whole && is_at_end).then_some(record)
}

/// Reads on after a fault, and gives nothing but defaults then: one question at the end replaces one after every field.
pub(crate) struct Reader<'b> {
    postcard: Deserializer<'b, Slice<'b>>,
    is_whole: bool,
}

impl<'b> Reader<'b> {
    #[inline(never)]
    fn primitive<T: Deserialize<'b> + Default>(&mut self) -> T {
        match T::deserialize(&mut self.postcard) {
            Ok(primitive) if self.is_whole => primitive,
            _ => self.fail(),
        }
    }

    #[cold]
    pub(crate) fn fail<T: Default>(&mut self) -> T {
        self.is_whole = false;
        T::default()
    }
}

macro_rules! primitives {
    ($($type:ty),+) => { $(
        impl Read for $type {
            fn read(reader: &mut Reader<'_>) -> Self {
                reader.primitive()
            }
        }
    )+ };
}
primitives!(bool, u8, u16, u32, i64);

impl Read for String {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self::from(reader.primitive::<&str>())
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        let mut items = Self::new();
        for _ in 0..u32::read(reader) {
            if !reader.is_whole {
                break;
            }
            items.push(T::read(reader));
        }
        items
    }
}

impl<T: Read> Read for Option<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        bool::read(reader).then(|| T::read(reader))
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(reader: &mut Reader<'_>) -> Self {
        (A::read(reader), B::read(reader))
    }
}

impl<T: Read, const N: usize> Read for [T; N] {
    fn read(reader: &mut Reader<'_>) -> Self {
        core::array::from_fn(|_| T::read(reader))
    }
}
