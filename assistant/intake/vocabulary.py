"""Which words of a header may stay: those of a fixed vocabulary, so that no free text passes, hostile or identifying.

A term that is missing here costs one fact and leaks nothing. The terms are the defined terms of PS3.3 for the
attributes of image objects, and what the vendors of the test files write beside them.
"""

import re
from functools import lru_cache

from pydicom.sr._snomed_dict import mapping as _snomed
from pydicom.sr.codedict import codes

__all__ = ["code_meaning", "kept_manufacturer", "kept_model", "kept_sequence_name", "kept_term"]

_TERM_WORDS = """
    1 2 00 01 NO YES N Y NONE UNKNOWN OTHER MIXED NORMAL U R L B M F O CR CT DX ES GM IO MG MR NM OP OT PT PX RF
    RG SC SM US XA XC RTIMAGE OPT OCT IVUS BI DG TG LS VL ECG KER HC BMD OPM ORIGINAL DERIVED PRIMARY SECONDARY
    AXIAL LOCALIZER SCOUT PROJECTION EMISSION TRANSMISSION TOMO STATIC DYNAMIC GATED RECON MPR MIP MINIP MOSAIC
    ND NORM DIS2D DIS3D FM SH FS P PHASE MAGNITUDE REAL IMAGINARY MAG ADC TRACEW FA DIFFUSION PERFUSION RCBF
    RCBV MTT TTP FIELD_MAP T1 T2 T2_STAR PROTON_DENSITY FLUID_ATTENUATED FLAIR STIR TIME_OF_FLIGHT SMALL_PARTS
    OBSTETRICAL EPICARDIAL ABDOMINAL BREAST CARDIAC VASCULAR DOPPLER COLOR VOLUME SAMPLED DISTORTED RESAMPLED
    VOLUMETRIC CSAPARALLEL SINGLE BIPLANE SUBTRACTION WATER FAT IN_PHASE OUT_PHASE EDR_GEMS NPW VB_GEMS PFF
    GRAPH_GEMS SE IR GR EP RM SEQ SK MTC SS TRSS SP MP OSP PER CG PPG FC PFP SFP SAT1 SAT2 SAT_GEMS
    FILTERED_GEMS FAST_GEMS ACC_GEMS PFS GEMS FSA HELICAL CINE NORMAL_CT 2D 3D SPECTROSCOPY SPIRAL STATIONARY
    STEPPED HFS HFP HFDR HFDL FFS FFP FFDR FFDL SITTING LFP LFS RFP RFS AFDR AFDL PFDR PFDL AP PA LL RL LAT LLD
    RLD LLO RLO LATERAL OBLIQUE MLO CC ML LM LMO XCCL XCCM FB SIO ISO CV AT TAN MONOCHROME MONOCHROME1
    MONOCHROME2 RGB YBR_FULL YBR_FULL_422 YBR_ICT YBR_RCT YBR_PARTIAL_420 XYB IDENTITY INVERSE LIN LOG LINEAR
    LINEAR_EXACT SIGMOID ROW COL COLUMN RECT RECTANGULAR CIRCULAR POLYGONAL ISO_10918_1 ISO_14495_1 ISO_15444_1
    ISO_15444_15 ISO_18181_1 DV DI DF WSD SD SI DRW SYN HU OD MGML Z_EFF ED EDW HU_MOD PCT WHITE BLACK MANUAL
    AUTOMATIC MANU TIME MAGNETIC LENS_IN LENS_OUT COMBINED IONIZATION CENTERLINE FIXED OSCILLATING FOCUSED
    CROSSED PARALLEL PORTRAIT LANDSCAPE SCINTILLATOR DIRECT STORAGE FILM RIESZ SENSE SMS GRAPPA ELLIPTICAL FULL
    RECTILINEAR RADIAL GRADIENT SPIN BOTH CONVENTIONAL PRODUCT RESEARCH SERVICE IEC IEC_NORMAL IEC_FIRST_LEVEL
    BODY SURFACE MULTICOIL VOLUME_COIL HEAD_COIL 1H 13C 19F 23NA 31P 129XE CW GEOMETRY XYZ_EC Z_EC ANGULAR
    ECG_BASED BQML CNTS PROPCNTS ABDOMEN ABDOMENPELVIS ADRENAL ANKLE AORTA ARM AXILLA BACK BLADDER BRAIN BREAST
    BRONCHUS BUTTOCK CALCANEUS CALF CAROTID CEREBELLUM CERVIX CHEEK CHEST CHESTABDOMEN CHESTABDPELVIS
    CIRCLEOFWILLIS CLAVICLE COCCYX COLON CORNEA CORONARYARTERY CSPINE CTSPINE DUODENUM EAR ELBOW ESOPHAGUS
    EXTREMITY EYE EYELID FACE FEMUR FINGER FOOT GALLBLADDER HAND HEAD HEADNECK HEART HIP HUMERUS IAC ILEUM ILIUM
    JAW JEJUNUM KIDNEY KNEE LARYNX LEG LIVER LSPINE LSSPINE LUNG MAXILLA MEDIASTINUM MOUTH NECK NECKCHEST
    NECKCHESTABDOMEN NECKCHESTABDPELV NOSE ORBIT OVARY PANCREAS PAROTID PATELLA PELVIS PENIS PHARYNX PROSTATE
    RADIUS RADIUSULNA RECTUM RETINA RIB SCALP SCAPULA SCLERA SCROTUM SELLA SHOULDER SKULL SPINE SPLEEN SSPINE
    STERNUM STOMACH SUBMANDIBULAR TESTIS THIGH THUMB THYMUS THYROID TIBIA TIBIAFIBULA TLSPINE TMJ TOE TONGUE
    TRACHEA TSPINE ULNA URETER URETHRA UTERUS VAGINA VULVA WHOLEBODY WRIST ZYGOMA
"""
_TERMS = frozenset(_TERM_WORDS.split()) | {
    "WHOLE BODY", "SMALL PARTS", "PROJECTION IMAGE", "CSA MPR", "HELICAL MODE", "AXIAL MODE", "CINE MODE", "SCOUT MODE",
    "PALETTE COLOR", "FOR PRESENTATION", "FOR PROCESSING", "CURVED LINEAR", "SECTOR_PHASED", "STATIC FIELD", "RG",
}  # fmt: skip

_DIRECTION = re.compile(r"[RLAPHF]{1,3}")

_MANUFACTURERS = (
    (re.compile(r"\bsiemens\b", re.I), "Siemens"),
    (re.compile(r"\bg\.?e\.?[ _](medical|healthcare)|^ge$|^gems$", re.I), "GE"),
    (re.compile(r"\bphilips\b", re.I), "Philips"),
    (re.compile(r"\btoshiba", re.I), "Toshiba"),
    (re.compile(r"\bcanon\b", re.I), "Canon"),
    (re.compile(r"\bhitachi\b", re.I), "Hitachi"),
    (re.compile(r"\bfuji", re.I), "Fujifilm"),
    (re.compile(r"\bagfa\b", re.I), "Agfa"),
    (re.compile(r"\bcarestream|\bkodak\b", re.I), "Carestream"),
    (re.compile(r"\bkonica\b", re.I), "Konica Minolta"),
    (re.compile(r"\bhologic\b|\blorad\b", re.I), "Hologic"),
    (re.compile(r"\bshimadzu\b", re.I), "Shimadzu"),
    (re.compile(r"\bsamsung\b|\bmedison\b", re.I), "Samsung"),
    (re.compile(r"\bunited imaging\b|^uih$", re.I), "United Imaging"),
    (re.compile(r"\bmindray\b", re.I), "Mindray"),
    (re.compile(r"\baloka\b", re.I), "Aloka"),
    (re.compile(r"\bacuson\b", re.I), "Acuson"),
    (re.compile(r"\besaote\b", re.I), "Esaote"),
    (re.compile(r"\bpicker\b", re.I), "Picker"),
    (re.compile(r"\bmarconi\b", re.I), "Marconi"),
    (re.compile(r"\bbruker\b", re.I), "Bruker"),
    (re.compile(r"\bhyperfine\b", re.I), "Hyperfine"),
    (re.compile(r"\btopcon\b", re.I), "Topcon"),
    (re.compile(r"\bzeiss\b", re.I), "Zeiss"),
    (re.compile(r"\bnidek\b", re.I), "Nidek"),
    (re.compile(r"\bheidelberg\b", re.I), "Heidelberg"),
    (re.compile(r"\bolympus\b", re.I), "Olympus"),
)
_MODEL_NAME_WORDS = """
    achieva acuson aera affiniti allura altea amira ambition aquilion artis artist as as+ avanto axiom biograph
    brilliance brivo cirrus clearscan cx50 definition digitaldiagnost discovery dstream drive edge eclipse elan
    elition emotion epiq epsilon espree essenza evolution excite expert flash flex force free.max genesis
    genesis_signa gemini go harmony hd hdx hdxt horizon iqon ingenia ingenuity innova intera intevo ixr kodak
    light lightspeed logiq lumina magnetom max millennium mg mobilett mr mr750 mr750w mx8000 multix numaris one
    open optima orian panorama perspective plus prisma prisma_fit prime pristina pro prodiva pulse quantum
    revolution scenaria selenia senographe sensation sequoia signa skyra skyra_fit sola somatom sonata sonoline
    spectra spectral spirit supria symphony symphonytim t5 titan triotim trio triumph rhapsode mrt50h1 adc_5146
    pq5000 irs ultra vantage vario verio vida vivid voluson volumezoom x.cite xpress/gx xr xr220 xt zoom elite
    select fit
"""
_MODEL_WORDS = frozenset(_MODEL_NAME_WORDS.split())
_MODEL_NUMBER = re.compile(r"\d{1,3}(\.\d{1,2})?[tT]?")
_SEQUENCE_NAME = re.compile(
    r"\*?(?:se|tse|fse|fl|fi|tfl|tfi|tir|spc|spcir|ep|epfid|epse|h|me|swi|ci|de|re|pd|qfl)"
    r"[a-z]{0,3}[123]d\d{0,3}[a-z]{0,3}(?:_\d{1,4}){0,2}[rt]?|flair|tse|fse"
)


def kept_term(value: str) -> str | None:
    """The code string if it is a known term or a patient direction; None where it could be anything."""
    value = value.strip()
    return value if value in _TERMS or _DIRECTION.fullmatch(value) else None


def kept_manufacturer(value: str) -> str | None:
    """The known manufacturer that is named, in one spelling."""
    return next((name for pattern, name in _MANUFACTURERS if len(value) <= 64 and pattern.search(value)), None)


def kept_model(value: str) -> str | None:
    """A scanner's model name, if every word of it is a known model word or a short number."""
    words = value.split()
    known = all(w.lower() in _MODEL_WORDS or _MODEL_NUMBER.fullmatch(w) for w in words)
    return " ".join(words) if words and known and any(w[0].isalpha() for w in words) else None


def kept_sequence_name(value: str) -> str | None:
    """A pulse sequence's name, if it is formed as the vendors form them ('*tse2d1_9')."""
    return value.strip() if _SEQUENCE_NAME.fullmatch(value.strip()) else None


@lru_cache(maxsize=1)
def _meanings() -> dict[tuple[str, str], str]:
    known: dict[tuple[str, str], str] = {}
    for scheme in ("DCM", "SCT", "UCUM"):
        for code in getattr(codes, scheme).concepts.values():
            known[scheme, code.value] = code.meaning
    for srt, sct in _snomed["SRT"].items():
        if ("SCT", sct) in known:
            known["SRT", srt] = known["SNM3", srt] = known["SCT", sct]
    return known


def code_meaning(scheme: str, value: str) -> str | None:
    """The standard's own meaning of a code; None for a code that pydicom's dictionaries do not hold."""
    return _meanings().get((scheme.strip(), value.strip()))
