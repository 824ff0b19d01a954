package rpm

// Tag numbers an entry of a header (rpm's rpmtag.h).
type Tag uint32

// The tags of signature headers. Those below 1000 have the same numbers in the
// main header.
const (
	SigDSA             Tag = 267  // over the header
	SigRSA             Tag = 268  // over the header, RSA or EdDSA
	SigSHA1            Tag = 269  // of the header
	SigLongSize        Tag = 270  // bytes of header and payload
	SigLongArchiveSize Tag = 271  // bytes of the payload, unpacked
	SigSHA256          Tag = 273  // of the header
	SigFileSignatures  Tag = 274  // IMA
	SigOpenPGP         Tag = 278  // over the header, base64, any number
	SigSHA3_256        Tag = 279  // of the header
	SigReserved        Tag = 999  // room for later signatures
	SigSize            Tag = 1000 // bytes of header and payload
	SigPGP             Tag = 1002 // over header and payload, RSA
	SigMD5             Tag = 1004 // of header and payload
	SigGPG             Tag = 1005 // over header and payload, DSA
	SigPayloadSize     Tag = 1007 // bytes of the payload, unpacked
	SigReservedSpace   Tag = 1008 // room for later signatures
)

// The tags of main headers that are read or written here.
const (
	TagRegionSignatures  Tag = 62
	TagRegionImmutable   Tag = 63
	TagI18NTable         Tag = 100
	TagName              Tag = 1000
	TagVersion           Tag = 1001
	TagRelease           Tag = 1002
	TagEpoch             Tag = 1003
	TagSummary           Tag = 1004
	TagDescription       Tag = 1005
	TagBuildTime         Tag = 1006
	TagBuildHost         Tag = 1007
	TagSize              Tag = 1009
	TagVendor            Tag = 1011
	TagLicense           Tag = 1014
	TagPackager          Tag = 1015
	TagGroup             Tag = 1016
	TagURL               Tag = 1020
	TagOS                Tag = 1021
	TagArch              Tag = 1022
	TagPreIn             Tag = 1023
	TagPostIn            Tag = 1024
	TagPreUn             Tag = 1025
	TagPostUn            Tag = 1026
	TagOldFileNames      Tag = 1027
	TagFileSizes         Tag = 1028
	TagFileModes         Tag = 1030
	TagFileRDevs         Tag = 1033
	TagFileMTimes        Tag = 1034
	TagFileDigests       Tag = 1035
	TagFileLinkTos       Tag = 1036
	TagFileFlags         Tag = 1037
	TagFileUserName      Tag = 1039
	TagFileGroupName     Tag = 1040
	TagSourceRPM         Tag = 1044
	TagFileVerifyFlags   Tag = 1045
	TagArchiveSize       Tag = 1046
	TagProvideName       Tag = 1047
	TagRequireFlags      Tag = 1048
	TagRequireName       Tag = 1049
	TagRequireVersion    Tag = 1050
	TagConflictFlags     Tag = 1053
	TagConflictName      Tag = 1054
	TagConflictVersion   Tag = 1055
	TagRPMVersion        Tag = 1064
	TagTriggerScripts    Tag = 1065
	TagTriggerName       Tag = 1066
	TagTriggerVersion    Tag = 1067
	TagTriggerFlags      Tag = 1068
	TagTriggerIndex      Tag = 1069
	TagVerifyScript      Tag = 1079
	TagChangelogTime     Tag = 1080
	TagChangelogName     Tag = 1081
	TagChangelogText     Tag = 1082
	TagPreInProg         Tag = 1085
	TagPostInProg        Tag = 1086
	TagPreUnProg         Tag = 1087
	TagPostUnProg        Tag = 1088
	TagObsoleteName      Tag = 1090
	TagVerifyScriptProg  Tag = 1091
	TagTriggerScriptProg Tag = 1092
	TagFileDevices       Tag = 1095
	TagFileInodes        Tag = 1096
	TagFileLangs         Tag = 1097
	TagSourcePackage     Tag = 1106
	TagProvideFlags      Tag = 1112
	TagProvideVersion    Tag = 1113
	TagObsoleteFlags     Tag = 1114
	TagObsoleteVersion   Tag = 1115
	TagDirIndexes        Tag = 1116
	TagBaseNames         Tag = 1117
	TagDirNames          Tag = 1118
	TagOrigDirIndexes    Tag = 1119
	TagOrigBaseNames     Tag = 1120
	TagOrigDirNames      Tag = 1121
	TagPayloadFormat     Tag = 1124
	TagPayloadCompressor Tag = 1125
	TagPayloadFlags      Tag = 1126
	TagPreTrans          Tag = 1151
	TagPostTrans         Tag = 1152
	TagPreTransProg      Tag = 1153
	TagPostTransProg     Tag = 1154
	TagLongFileSizes     Tag = 5008
	TagLongSize          Tag = 5009
	TagFileCaps          Tag = 5010
	TagFileDigestAlgo    Tag = 5011
	TagModularityLabel   Tag = 5096
	TagEncoding          Tag = 5062

	TagPreInFlags     Tag = 5020
	TagPostInFlags    Tag = 5021
	TagPreUnFlags     Tag = 5022
	TagPostUnFlags    Tag = 5023
	TagPreTransFlags  Tag = 5024
	TagPostTransFlags Tag = 5025
	TagVerifyFlags    Tag = 5026
	TagTriggerSFlags  Tag = 5027

	TagRecommendName     Tag = 5046
	TagRecommendVersion  Tag = 5047
	TagRecommendFlags    Tag = 5048
	TagSuggestName       Tag = 5049
	TagSuggestVersion    Tag = 5050
	TagSuggestFlags      Tag = 5051
	TagSupplementName    Tag = 5052
	TagSupplementVersion Tag = 5053
	TagSupplementFlags   Tag = 5054
	TagEnhanceName       Tag = 5055
	TagEnhanceVersion    Tag = 5056
	TagEnhanceFlags      Tag = 5057

	TagFileTriggerScripts         Tag = 5066
	TagFileTriggerScriptProg      Tag = 5067
	TagFileTriggerSFlags          Tag = 5068
	TagFileTriggerName            Tag = 5069
	TagFileTriggerIndex           Tag = 5070
	TagFileTriggerVersion         Tag = 5071
	TagFileTriggerFlags           Tag = 5072
	TagTransFileTriggerScripts    Tag = 5076
	TagTransFileTriggerScriptProg Tag = 5077
	TagTransFileTriggerSFlags     Tag = 5078
	TagTransFileTriggerName       Tag = 5079
	TagTransFileTriggerIndex      Tag = 5080
	TagTransFileTriggerVersion    Tag = 5081
	TagTransFileTriggerFlags      Tag = 5082
	TagFileTriggerPriorities      Tag = 5084
	TagTransFileTriggerPriorities Tag = 5085

	TagPayloadSHA256     Tag = 5092
	TagPayloadDigestAlgo Tag = 5093
	TagPayloadSHA256Alt  Tag = 5097 // of the payload, unpacked
	TagPreUnTrans        Tag = 5104
	TagPostUnTrans       Tag = 5105
	TagPreUnTransProg    Tag = 5106
	TagPostUnTransProg   Tag = 5107
	TagPreUnTransFlags   Tag = 5108
	TagPostUnTransFlags  Tag = 5109
	TagSysusers          Tag = 5110
	TagPayloadSize       Tag = 5112
	TagPayloadSizeAlt    Tag = 5113 // of the payload, unpacked
	TagRPMFormat         Tag = 5114
	TagPayloadSHA512     Tag = 5121
	TagPayloadSHA512Alt  Tag = 5122
	TagPayloadSHA3       Tag = 5123
	TagPayloadSHA3Alt    Tag = 5124
)

// Type is the type of an entry's values.
type Type uint32

// The types of values (rpmtag.h).
const (
	TypeChar        Type = 1
	TypeInt8        Type = 2
	TypeInt16       Type = 3
	TypeInt32       Type = 4
	TypeInt64       Type = 5
	TypeString      Type = 6
	TypeBin         Type = 7
	TypeStringArray Type = 8
	TypeI18NString  Type = 9
)

// width is the size of one value in bytes, and what its place is a multiple
// of; strings have 1.
func (t Type) width() int {
	return [...]int{0, 1, 1, 2, 4, 8, 1, 1, 1, 1}[t]
}
