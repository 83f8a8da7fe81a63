// Made from p11-kit's pkcs11.h; PKCS#11 v2.40, section 4 "Objects".

extension AttributeType {
    public static let objectClass = AttributeType(rawValue: 0x0)
    public static let token = AttributeType(rawValue: 0x1)
    public static let isPrivate = AttributeType(rawValue: 0x2)
    public static let label = AttributeType(rawValue: 0x3)
    public static let application = AttributeType(rawValue: 0x10)
    public static let value = AttributeType(rawValue: 0x11)
    public static let objectID = AttributeType(rawValue: 0x12)
    public static let certificateType = AttributeType(rawValue: 0x80)
    public static let issuer = AttributeType(rawValue: 0x81)
    public static let serialNumber = AttributeType(rawValue: 0x82)
    public static let acIssuer = AttributeType(rawValue: 0x83)
    public static let owner = AttributeType(rawValue: 0x84)
    public static let attrTypes = AttributeType(rawValue: 0x85)
    public static let trusted = AttributeType(rawValue: 0x86)
    public static let certificateCategory = AttributeType(rawValue: 0x87)
    public static let javaMidpSecurityDomain = AttributeType(rawValue: 0x88)
    public static let url = AttributeType(rawValue: 0x89)
    public static let hashOfSubjectPublicKey = AttributeType(rawValue: 0x8A)
    public static let hashOfIssuerPublicKey = AttributeType(rawValue: 0x8B)
    public static let nameHashAlgorithm = AttributeType(rawValue: 0x8C)
    public static let checkValue = AttributeType(rawValue: 0x90)
    public static let keyType = AttributeType(rawValue: 0x100)
    public static let subject = AttributeType(rawValue: 0x101)
    public static let id = AttributeType(rawValue: 0x102)
    public static let sensitive = AttributeType(rawValue: 0x103)
    public static let encrypt = AttributeType(rawValue: 0x104)
    public static let decrypt = AttributeType(rawValue: 0x105)
    public static let wrap = AttributeType(rawValue: 0x106)
    public static let unwrap = AttributeType(rawValue: 0x107)
    public static let sign = AttributeType(rawValue: 0x108)
    public static let signRecover = AttributeType(rawValue: 0x109)
    public static let verify = AttributeType(rawValue: 0x10A)
    public static let verifyRecover = AttributeType(rawValue: 0x10B)
    public static let derive = AttributeType(rawValue: 0x10C)
    public static let startDate = AttributeType(rawValue: 0x110)
    public static let endDate = AttributeType(rawValue: 0x111)
    public static let modulus = AttributeType(rawValue: 0x120)
    public static let modulusBits = AttributeType(rawValue: 0x121)
    public static let publicExponent = AttributeType(rawValue: 0x122)
    public static let privateExponent = AttributeType(rawValue: 0x123)
    public static let prime1 = AttributeType(rawValue: 0x124)
    public static let prime2 = AttributeType(rawValue: 0x125)
    public static let exponent1 = AttributeType(rawValue: 0x126)
    public static let exponent2 = AttributeType(rawValue: 0x127)
    public static let coefficient = AttributeType(rawValue: 0x128)
    public static let publicKeyInfo = AttributeType(rawValue: 0x129)
    public static let prime = AttributeType(rawValue: 0x130)
    public static let subprime = AttributeType(rawValue: 0x131)
    public static let base = AttributeType(rawValue: 0x132)
    public static let primeBits = AttributeType(rawValue: 0x133)
    public static let subPrimeBits = AttributeType(rawValue: 0x134)
    public static let valueBits = AttributeType(rawValue: 0x160)
    public static let valueLen = AttributeType(rawValue: 0x161)
    public static let extractable = AttributeType(rawValue: 0x162)
    public static let local = AttributeType(rawValue: 0x163)
    public static let neverExtractable = AttributeType(rawValue: 0x164)
    public static let alwaysSensitive = AttributeType(rawValue: 0x165)
    public static let keyGenMechanism = AttributeType(rawValue: 0x166)
    public static let modifiable = AttributeType(rawValue: 0x170)
    public static let copyable = AttributeType(rawValue: 0x171)
    public static let destroyable = AttributeType(rawValue: 0x172)
    public static let ecParams = AttributeType(rawValue: 0x180)
    public static let ecPoint = AttributeType(rawValue: 0x181)
    public static let secondaryAuth = AttributeType(rawValue: 0x200)
    public static let authPINFlags = AttributeType(rawValue: 0x201)
    public static let alwaysAuthenticate = AttributeType(rawValue: 0x202)
    public static let wrapWithTrusted = AttributeType(rawValue: 0x210)
    public static let gost28147Params = AttributeType(rawValue: 0x252)
    public static let hwFeatureType = AttributeType(rawValue: 0x300)
    public static let resetOnInit = AttributeType(rawValue: 0x301)
    public static let hasReset = AttributeType(rawValue: 0x302)
    public static let pixelX = AttributeType(rawValue: 0x400)
    public static let pixelY = AttributeType(rawValue: 0x401)
    public static let resolution = AttributeType(rawValue: 0x402)
    public static let charRows = AttributeType(rawValue: 0x403)
    public static let charColumns = AttributeType(rawValue: 0x404)
    public static let color = AttributeType(rawValue: 0x405)
    public static let bitsPerPixel = AttributeType(rawValue: 0x406)
    public static let charSets = AttributeType(rawValue: 0x480)
    public static let encodingMethods = AttributeType(rawValue: 0x481)
    public static let mimeTypes = AttributeType(rawValue: 0x482)
    public static let mechanismType = AttributeType(rawValue: 0x500)
    public static let requiredCmsAttributes = AttributeType(rawValue: 0x501)
    public static let defaultCmsAttributes = AttributeType(rawValue: 0x502)
    public static let supportedCmsAttributes = AttributeType(rawValue: 0x503)

    static let names: [(value: UInt, name: StaticString)] = [
        (0x0, "CKA_CLASS"),
        (0x1, "CKA_TOKEN"),
        (0x2, "CKA_PRIVATE"),
        (0x3, "CKA_LABEL"),
        (0x10, "CKA_APPLICATION"),
        (0x11, "CKA_VALUE"),
        (0x12, "CKA_OBJECT_ID"),
        (0x80, "CKA_CERTIFICATE_TYPE"),
        (0x81, "CKA_ISSUER"),
        (0x82, "CKA_SERIAL_NUMBER"),
        (0x83, "CKA_AC_ISSUER"),
        (0x84, "CKA_OWNER"),
        (0x85, "CKA_ATTR_TYPES"),
        (0x86, "CKA_TRUSTED"),
        (0x87, "CKA_CERTIFICATE_CATEGORY"),
        (0x88, "CKA_JAVA_MIDP_SECURITY_DOMAIN"),
        (0x89, "CKA_URL"),
        (0x8A, "CKA_HASH_OF_SUBJECT_PUBLIC_KEY"),
        (0x8B, "CKA_HASH_OF_ISSUER_PUBLIC_KEY"),
        (0x8C, "CKA_NAME_HASH_ALGORITHM"),
        (0x90, "CKA_CHECK_VALUE"),
        (0x100, "CKA_KEY_TYPE"),
        (0x101, "CKA_SUBJECT"),
        (0x102, "CKA_ID"),
        (0x103, "CKA_SENSITIVE"),
        (0x104, "CKA_ENCRYPT"),
        (0x105, "CKA_DECRYPT"),
        (0x106, "CKA_WRAP"),
        (0x107, "CKA_UNWRAP"),
        (0x108, "CKA_SIGN"),
        (0x109, "CKA_SIGN_RECOVER"),
        (0x10A, "CKA_VERIFY"),
        (0x10B, "CKA_VERIFY_RECOVER"),
        (0x10C, "CKA_DERIVE"),
        (0x110, "CKA_START_DATE"),
        (0x111, "CKA_END_DATE"),
        (0x120, "CKA_MODULUS"),
        (0x121, "CKA_MODULUS_BITS"),
        (0x122, "CKA_PUBLIC_EXPONENT"),
        (0x123, "CKA_PRIVATE_EXPONENT"),
        (0x124, "CKA_PRIME_1"),
        (0x125, "CKA_PRIME_2"),
        (0x126, "CKA_EXPONENT_1"),
        (0x127, "CKA_EXPONENT_2"),
        (0x128, "CKA_COEFFICIENT"),
        (0x129, "CKA_PUBLIC_KEY_INFO"),
        (0x130, "CKA_PRIME"),
        (0x131, "CKA_SUBPRIME"),
        (0x132, "CKA_BASE"),
        (0x133, "CKA_PRIME_BITS"),
        (0x134, "CKA_SUB_PRIME_BITS"),
        (0x160, "CKA_VALUE_BITS"),
        (0x161, "CKA_VALUE_LEN"),
        (0x162, "CKA_EXTRACTABLE"),
        (0x163, "CKA_LOCAL"),
        (0x164, "CKA_NEVER_EXTRACTABLE"),
        (0x165, "CKA_ALWAYS_SENSITIVE"),
        (0x166, "CKA_KEY_GEN_MECHANISM"),
        (0x170, "CKA_MODIFIABLE"),
        (0x171, "CKA_COPYABLE"),
        (0x172, "CKA_DESTROYABLE"),
        (0x180, "CKA_EC_PARAMS"),
        (0x181, "CKA_EC_POINT"),
        (0x200, "CKA_SECONDARY_AUTH"),
        (0x201, "CKA_AUTH_PIN_FLAGS"),
        (0x202, "CKA_ALWAYS_AUTHENTICATE"),
        (0x210, "CKA_WRAP_WITH_TRUSTED"),
        (0x220, "CKA_OTP_FORMAT"),
        (0x221, "CKA_OTP_LENGTH"),
        (0x222, "CKA_OTP_TIME_INTERVAL"),
        (0x223, "CKA_OTP_USER_FRIENDLY_MODE"),
        (0x224, "CKA_OTP_CHALLENGE_REQUIREMENT"),
        (0x225, "CKA_OTP_TIME_REQUIREMENT"),
        (0x226, "CKA_OTP_COUNTER_REQUIREMENT"),
        (0x227, "CKA_OTP_PIN_REQUIREMENT"),
        (0x22A, "CKA_OTP_USER_IDENTIFIER"),
        (0x22B, "CKA_OTP_SERVICE_IDENTIFIER"),
        (0x22C, "CKA_OTP_SERVICE_LOGO"),
        (0x22D, "CKA_OTP_SERVICE_LOGO_TYPE"),
        (0x22E, "CKA_OTP_COUNTER"),
        (0x22F, "CKA_OTP_TIME"),
        (0x250, "CKA_GOSTR3410_PARAMS"),
        (0x251, "CKA_GOSTR3411_PARAMS"),
        (0x252, "CKA_GOST28147_PARAMS"),
        (0x300, "CKA_HW_FEATURE_TYPE"),
        (0x301, "CKA_RESET_ON_INIT"),
        (0x302, "CKA_HAS_RESET"),
        (0x400, "CKA_PIXEL_X"),
        (0x401, "CKA_PIXEL_Y"),
        (0x402, "CKA_RESOLUTION"),
        (0x403, "CKA_CHAR_ROWS"),
        (0x404, "CKA_CHAR_COLUMNS"),
        (0x405, "CKA_COLOR"),
        (0x406, "CKA_BITS_PER_PIXEL"),
        (0x480, "CKA_CHAR_SETS"),
        (0x481, "CKA_ENCODING_METHODS"),
        (0x482, "CKA_MIME_TYPES"),
        (0x500, "CKA_MECHANISM_TYPE"),
        (0x501, "CKA_REQUIRED_CMS_ATTRIBUTES"),
        (0x502, "CKA_DEFAULT_CMS_ATTRIBUTES"),
        (0x503, "CKA_SUPPORTED_CMS_ATTRIBUTES"),
    ]
}
