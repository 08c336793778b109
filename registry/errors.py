"""Errors of the registry.

RegistryError
├── URIError              a model's name is not of the registry's form
├── StoreError            the object store does not do what is asked
│   ├── UnreachableError  nothing answers at its endpoint, or not in time
│   │   └── BrokenError   it answers that it failed (5xx): it cannot read or write that object
│   ├── CredentialsError  credentials are missing, or refused
│   ├── DeniedError       the account lacks a right
│   ├── BucketError       there is no such bucket
│   ├── AbsentError       there is no such object
│   ├── TakenError        a create-only object exists already
│   └── ConflictError     others write a create-only object at this moment
├── RecordError           a version or promotion record is not of its form
│   └── SignatureError    a record is not signed by a trusted key
├── KeysError             a key for signatures cannot be used
├── VersionError          a version is unknown, or exists with another content
├── AliasError            an alias is unknown, or others keep promoting it
│   └── OvertakenError    somebody else was faster
├── RulesError            there are no such business rules, or a file of them is not of their form
├── SweepError            gc is at work
├── ClaimError            what was claimed before gc may be gone
├── GateError             a version did not pass the gate, or cannot be judged
│   └── RequirementsError what the gate is to ask for is not of its form
├── IntegrityError        content is not what its name says
├── CacheError            the cache on this machine cannot be used
└── BentoError            the BentoML model store does not hold, or cannot take, a model
"""


class RegistryError(Exception):
    """Root of everything this package raises on purpose; the message is one line."""


class URIError(RegistryError):
    """A model's name is not of the registry's form."""


class StoreError(RegistryError):
    """The object store does not do what is asked."""


class UnreachableError(StoreError):
    """Nothing answers at the store's endpoint, or not in time."""


class BrokenError(UnreachableError):
    """The store answers that it failed (5xx): it cannot read or write that object."""


class CredentialsError(StoreError):
    """Credentials are missing, or refused."""


class DeniedError(StoreError):
    """The account lacks a right."""


class BucketError(StoreError):
    """There is no such bucket."""


class AbsentError(StoreError):
    """There is no such object."""


class TakenError(StoreError):
    """A create-only object exists already."""


class ConflictError(StoreError):
    """Others write a create-only object at this moment."""


class RecordError(RegistryError):
    """A version or promotion record is not of its form."""


class SignatureError(RecordError):
    """A record is not signed by a trusted key."""


class KeysError(RegistryError):
    """A key for signatures cannot be used."""


class VersionError(RegistryError):
    """A version is unknown, or exists with another content."""


class AliasError(RegistryError):
    """An alias is unknown, or others keep promoting it."""


class OvertakenError(AliasError):
    """Somebody else was faster; the message says who."""


class GateError(RegistryError):
    """A version did not pass the gate, or cannot be judged."""


class RequirementsError(GateError):
    """What the gate is to ask for is not of its form."""


class RulesError(RegistryError):
    """There are no such business rules, or a file of them is not of their form."""


class SweepError(RegistryError):
    """``gc`` is at work."""


class ClaimError(RegistryError):
    """What was claimed before ``gc`` may be gone."""


class IntegrityError(RegistryError):
    """Content is not what its name says."""


class CacheError(RegistryError):
    """The cache on this machine cannot be used."""


class BentoError(RegistryError):
    """The BentoML model store does not hold, or cannot take, a model."""
