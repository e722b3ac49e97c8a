//! A genesis as it comes, its records one by one.

use near_chain_configs::GenesisConfig;
use near_primitives::state_record::StateRecord;
use serde::Deserializer;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use std::fmt;

/// An array of records: each goes where it is taken, until none is wanted any more.
pub(super) struct Records<'t>(pub(super) &'t mut dyn FnMut(StateRecord) -> bool);

impl<'de> DeserializeSeed<'de> for Records<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut records: A) -> Result<(), A::Error> {
        while let Some(record) = records.next_element()? {
            if !(self.0)(record) {
                return Err(Error::custom("a record was refused"));
            }
        }
        Ok(())
    }
}

/// A whole genesis.
pub(super) struct Fields<'t> {
    /// Where its records go; without a place they are not looked at.
    pub(super) records: Option<Records<'t>>,
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = GenesisConfig;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<GenesisConfig, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = GenesisConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a genesis")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<GenesisConfig, A::Error> {
        let mut others = Others { map, records: self.records };
        let fields = GenesisConfig::deserialize(MapAccessDeserializer::new(&mut others))?;
        match others.records {
            Some(_) => Err(Error::missing_field(RECORDS)),
            None => Ok(fields),
        }
    }
}

/// The fields but for the records, which go their own way when it is their turn.
struct Others<'t, A> {
    map: A,
    records: Option<Records<'t>>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for &mut Others<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(name) = self.map.next_key::<String>()? {
            match self.records.take_if(|_| name == RECORDS) {
                Some(records) => self.map.next_value_seed(records)?,
                None => return seed.deserialize(name.into_deserializer()).map(Some),
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

const RECORDS: &str = "records";
