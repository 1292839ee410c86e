do
local v1_1 = 0; v1_1 = 1
local v1_2 = 0; v1_2 = 1
local v1_3 = 0; v1_3 = 1
local v1_4 = 0; v1_4 = 1
local v1_5 = 0; v1_5 = 1
local v1_6 = 0; v1_6 = 1
local v1_7 = 0; v1_7 = 1
local v1_8 = 0; v1_8 = 1
local v1_9 = 0; v1_9 = 1
local v1_10 = 0; v1_10 = 1
local v1_11 = 0; v1_11 = 1
local v1_12 = 0; v1_12 = 1
local v1_13 = 0; v1_13 = 1
local v1_14 = 0; v1_14 = 1
local v1_15 = 0; v1_15 = 1
local v1_16 = 0; v1_16 = 1
local v1_17 = 0; v1_17 = 1
local v1_18 = 0; v1_18 = 1
local v1_19 = 0; v1_19 = 1
local v1_20 = 0; v1_20 = 1
local v1_21 = 0; v1_21 = 1
local v1_22 = 0; v1_22 = 1
local v1_23 = 0; v1_23 = 1
local v1_24 = 0; v1_24 = 1
local v1_25 = 0; v1_25 = 1
local v1_26 = 0; v1_26 = 1
local v1_27 = 0; v1_27 = 1
local v1_28 = 0; v1_28 = 1
local v1_29 = 0; v1_29 = 1
local v1_30 = 0; v1_30 = 1
local v1_31 = 0; v1_31 = 1
local v1_32 = 0; v1_32 = 1
local v1_33 = 0; v1_33 = 1
local v1_34 = 0; v1_34 = 1
local v1_35 = 0; v1_35 = 1
local v1_36 = 0; v1_36 = 1
local v1_37 = 0; v1_37 = 1
local v1_38 = 0; v1_38 = 1
local v1_39 = 0; v1_39 = 1
local v1_40 = 0; v1_40 = 1
local v1_41 = 0; v1_41 = 1
local v1_42 = 0; v1_42 = 1
local v1_43 = 0; v1_43 = 1
local v1_44 = 0; v1_44 = 1
local v1_45 = 0; v1_45 = 1
local v1_46 = 0; v1_46 = 1
local v1_47 = 0; v1_47 = 1
local v1_48 = 0; v1_48 = 1
local v1_49 = 0; v1_49 = 1
local v1_50 = 0; v1_50 = 1
local v1_51 = 0; v1_51 = 1
local v1_52 = 0; v1_52 = 1
local v1_53 = 0; v1_53 = 1
local v1_54 = 0; v1_54 = 1
local v1_55 = 0; v1_55 = 1
local v1_56 = 0; v1_56 = 1
local v1_57 = 0; v1_57 = 1
local v1_58 = 0; v1_58 = 1
local v1_59 = 0; v1_59 = 1
local v1_60 = 0; v1_60 = 1
local v1_61 = 0; v1_61 = 1
local v1_62 = 0; v1_62 = 1
local v1_63 = 0; v1_63 = 1
local v1_64 = 0; v1_64 = 1
local v1_65 = 0; v1_65 = 1
local v1_66 = 0; v1_66 = 1
local v1_67 = 0; v1_67 = 1
local v1_68 = 0; v1_68 = 1
local v1_69 = 0; v1_69 = 1
local v1_70 = 0; v1_70 = 1
local v1_71 = 0; v1_71 = 1
local v1_72 = 0; v1_72 = 1
local v1_73 = 0; v1_73 = 1
local v1_74 = 0; v1_74 = 1
local v1_75 = 0; v1_75 = 1
local v1_76 = 0; v1_76 = 1
local v1_77 = 0; v1_77 = 1
local v1_78 = 0; v1_78 = 1
local v1_79 = 0; v1_79 = 1
local v1_80 = 0; v1_80 = 1
local v1_81 = 0; v1_81 = 1
local v1_82 = 0; v1_82 = 1
local v1_83 = 0; v1_83 = 1
local v1_84 = 0; v1_84 = 1
local v1_85 = 0; v1_85 = 1
local v1_86 = 0; v1_86 = 1
local v1_87 = 0; v1_87 = 1
local v1_88 = 0; v1_88 = 1
local v1_89 = 0; v1_89 = 1
local v1_90 = 0; v1_90 = 1
local v1_91 = 0; v1_91 = 1
local v1_92 = 0; v1_92 = 1
local v1_93 = 0; v1_93 = 1
local v1_94 = 0; v1_94 = 1
local v1_95 = 0; v1_95 = 1
local v1_96 = 0; v1_96 = 1
local v1_97 = 0; v1_97 = 1
local v1_98 = 0; v1_98 = 1
local v1_99 = 0; v1_99 = 1
local v1_100 = 0; v1_100 = 1
local v1_101 = 0; v1_101 = 1
local v1_102 = 0; v1_102 = 1
local v1_103 = 0; v1_103 = 1
local v1_104 = 0; v1_104 = 1
local v1_105 = 0; v1_105 = 1
local v1_106 = 0; v1_106 = 1
local v1_107 = 0; v1_107 = 1
local v1_108 = 0; v1_108 = 1
local v1_109 = 0; v1_109 = 1
local v1_110 = 0; v1_110 = 1
local v1_111 = 0; v1_111 = 1
local v1_112 = 0; v1_112 = 1
local v1_113 = 0; v1_113 = 1
local v1_114 = 0; v1_114 = 1
local v1_115 = 0; v1_115 = 1
local v1_116 = 0; v1_116 = 1
local v1_117 = 0; v1_117 = 1
local v1_118 = 0; v1_118 = 1
local v1_119 = 0; v1_119 = 1
local v1_120 = 0; v1_120 = 1
local v1_121 = 0; v1_121 = 1
local v1_122 = 0; v1_122 = 1
local v1_123 = 0; v1_123 = 1
local v1_124 = 0; v1_124 = 1
local v1_125 = 0; v1_125 = 1
local v1_126 = 0; v1_126 = 1
local v1_127 = 0; v1_127 = 1
local v1_128 = 0; v1_128 = 1
local v1_129 = 0; v1_129 = 1
local v1_130 = 0; v1_130 = 1
local v1_131 = 0; v1_131 = 1
local v1_132 = 0; v1_132 = 1
local v1_133 = 0; v1_133 = 1
local v1_134 = 0; v1_134 = 1
local v1_135 = 0; v1_135 = 1
local v1_136 = 0; v1_136 = 1
local v1_137 = 0; v1_137 = 1
local v1_138 = 0; v1_138 = 1
local v1_139 = 0; v1_139 = 1
local v1_140 = 0; v1_140 = 1
local v1_141 = 0; v1_141 = 1
local v1_142 = 0; v1_142 = 1
local v1_143 = 0; v1_143 = 1
local v1_144 = 0; v1_144 = 1
local v1_145 = 0; v1_145 = 1
local v1_146 = 0; v1_146 = 1
local v1_147 = 0; v1_147 = 1
local v1_148 = 0; v1_148 = 1
local v1_149 = 0; v1_149 = 1
local v1_150 = 0; v1_150 = 1
do
local v2_1 = 0; v2_1 = 1
local v2_2 = 0; v2_2 = 1
local v2_3 = 0; v2_3 = 1
local v2_4 = 0; v2_4 = 1
local v2_5 = 0; v2_5 = 1
local v2_6 = 0; v2_6 = 1
local v2_7 = 0; v2_7 = 1
local v2_8 = 0; v2_8 = 1
local v2_9 = 0; v2_9 = 1
local v2_10 = 0; v2_10 = 1
local v2_11 = 0; v2_11 = 1
local v2_12 = 0; v2_12 = 1
local v2_13 = 0; v2_13 = 1
local v2_14 = 0; v2_14 = 1
local v2_15 = 0; v2_15 = 1
local v2_16 = 0; v2_16 = 1
local v2_17 = 0; v2_17 = 1
local v2_18 = 0; v2_18 = 1
local v2_19 = 0; v2_19 = 1
local v2_20 = 0; v2_20 = 1
local v2_21 = 0; v2_21 = 1
local v2_22 = 0; v2_22 = 1
local v2_23 = 0; v2_23 = 1
local v2_24 = 0; v2_24 = 1
local v2_25 = 0; v2_25 = 1
local v2_26 = 0; v2_26 = 1
local v2_27 = 0; v2_27 = 1
local v2_28 = 0; v2_28 = 1
local v2_29 = 0; v2_29 = 1
local v2_30 = 0; v2_30 = 1
local v2_31 = 0; v2_31 = 1
local v2_32 = 0; v2_32 = 1
local v2_33 = 0; v2_33 = 1
local v2_34 = 0; v2_34 = 1
local v2_35 = 0; v2_35 = 1
local v2_36 = 0; v2_36 = 1
local v2_37 = 0; v2_37 = 1
local v2_38 = 0; v2_38 = 1
local v2_39 = 0; v2_39 = 1
local v2_40 = 0; v2_40 = 1
local v2_41 = 0; v2_41 = 1
local v2_42 = 0; v2_42 = 1
local v2_43 = 0; v2_43 = 1
local v2_44 = 0; v2_44 = 1
local v2_45 = 0; v2_45 = 1
local v2_46 = 0; v2_46 = 1
local v2_47 = 0; v2_47 = 1
local v2_48 = 0; v2_48 = 1
local v2_49 = 0; v2_49 = 1
local v2_50 = 0; v2_50 = 1
local v2_51 = 0; v2_51 = 1
local v2_52 = 0; v2_52 = 1
local v2_53 = 0; v2_53 = 1
local v2_54 = 0; v2_54 = 1
local v2_55 = 0; v2_55 = 1
local v2_56 = 0; v2_56 = 1
local v2_57 = 0; v2_57 = 1
local v2_58 = 0; v2_58 = 1
local v2_59 = 0; v2_59 = 1
local v2_60 = 0; v2_60 = 1
local v2_61 = 0; v2_61 = 1
local v2_62 = 0; v2_62 = 1
local v2_63 = 0; v2_63 = 1
local v2_64 = 0; v2_64 = 1
local v2_65 = 0; v2_65 = 1
local v2_66 = 0; v2_66 = 1
local v2_67 = 0; v2_67 = 1
local v2_68 = 0; v2_68 = 1
local v2_69 = 0; v2_69 = 1
local v2_70 = 0; v2_70 = 1
local v2_71 = 0; v2_71 = 1
local v2_72 = 0; v2_72 = 1
local v2_73 = 0; v2_73 = 1
local v2_74 = 0; v2_74 = 1
local v2_75 = 0; v2_75 = 1
local v2_76 = 0; v2_76 = 1
local v2_77 = 0; v2_77 = 1
local v2_78 = 0; v2_78 = 1
local v2_79 = 0; v2_79 = 1
local v2_80 = 0; v2_80 = 1
local v2_81 = 0; v2_81 = 1
local v2_82 = 0; v2_82 = 1
local v2_83 = 0; v2_83 = 1
local v2_84 = 0; v2_84 = 1
local v2_85 = 0; v2_85 = 1
local v2_86 = 0; v2_86 = 1
local v2_87 = 0; v2_87 = 1
local v2_88 = 0; v2_88 = 1
local v2_89 = 0; v2_89 = 1
local v2_90 = 0; v2_90 = 1
local v2_91 = 0; v2_91 = 1
local v2_92 = 0; v2_92 = 1
local v2_93 = 0; v2_93 = 1
local v2_94 = 0; v2_94 = 1
local v2_95 = 0; v2_95 = 1
local v2_96 = 0; v2_96 = 1
local v2_97 = 0; v2_97 = 1
local v2_98 = 0; v2_98 = 1
local v2_99 = 0; v2_99 = 1
local v2_100 = 0; v2_100 = 1
local v2_101 = 0; v2_101 = 1
local v2_102 = 0; v2_102 = 1
local v2_103 = 0; v2_103 = 1
local v2_104 = 0; v2_104 = 1
local v2_105 = 0; v2_105 = 1
local v2_106 = 0; v2_106 = 1
local v2_107 = 0; v2_107 = 1
local v2_108 = 0; v2_108 = 1
local v2_109 = 0; v2_109 = 1
local v2_110 = 0; v2_110 = 1
local v2_111 = 0; v2_111 = 1
local v2_112 = 0; v2_112 = 1
local v2_113 = 0; v2_113 = 1
local v2_114 = 0; v2_114 = 1
local v2_115 = 0; v2_115 = 1
local v2_116 = 0; v2_116 = 1
local v2_117 = 0; v2_117 = 1
local v2_118 = 0; v2_118 = 1
local v2_119 = 0; v2_119 = 1
local v2_120 = 0; v2_120 = 1
local v2_121 = 0; v2_121 = 1
local v2_122 = 0; v2_122 = 1
local v2_123 = 0; v2_123 = 1
local v2_124 = 0; v2_124 = 1
local v2_125 = 0; v2_125 = 1
local v2_126 = 0; v2_126 = 1
local v2_127 = 0; v2_127 = 1
local v2_128 = 0; v2_128 = 1
local v2_129 = 0; v2_129 = 1
local v2_130 = 0; v2_130 = 1
local v2_131 = 0; v2_131 = 1
local v2_132 = 0; v2_132 = 1
local v2_133 = 0; v2_133 = 1
local v2_134 = 0; v2_134 = 1
local v2_135 = 0; v2_135 = 1
local v2_136 = 0; v2_136 = 1
local v2_137 = 0; v2_137 = 1
local v2_138 = 0; v2_138 = 1
local v2_139 = 0; v2_139 = 1
local v2_140 = 0; v2_140 = 1
local v2_141 = 0; v2_141 = 1
local v2_142 = 0; v2_142 = 1
local v2_143 = 0; v2_143 = 1
local v2_144 = 0; v2_144 = 1
local v2_145 = 0; v2_145 = 1
local v2_146 = 0; v2_146 = 1
local v2_147 = 0; v2_147 = 1
local v2_148 = 0; v2_148 = 1
local v2_149 = 0; v2_149 = 1
local v2_150 = 0; v2_150 = 1
local function all()
  return 0
    + v1_1
    + v1_2
    + v1_3
    + v1_4
    + v1_5
    + v1_6
    + v1_7
    + v1_8
    + v1_9
    + v1_10
    + v1_11
    + v1_12
    + v1_13
    + v1_14
    + v1_15
    + v1_16
    + v1_17
    + v1_18
    + v1_19
    + v1_20
    + v1_21
    + v1_22
    + v1_23
    + v1_24
    + v1_25
    + v1_26
    + v1_27
    + v1_28
    + v1_29
    + v1_30
    + v1_31
    + v1_32
    + v1_33
    + v1_34
    + v1_35
    + v1_36
    + v1_37
    + v1_38
    + v1_39
    + v1_40
    + v1_41
    + v1_42
    + v1_43
    + v1_44
    + v1_45
    + v1_46
    + v1_47
    + v1_48
    + v1_49
    + v1_50
    + v1_51
    + v1_52
    + v1_53
    + v1_54
    + v1_55
    + v1_56
    + v1_57
    + v1_58
    + v1_59
    + v1_60
    + v1_61
    + v1_62
    + v1_63
    + v1_64
    + v1_65
    + v1_66
    + v1_67
    + v1_68
    + v1_69
    + v1_70
    + v1_71
    + v1_72
    + v1_73
    + v1_74
    + v1_75
    + v1_76
    + v1_77
    + v1_78
    + v1_79
    + v1_80
    + v1_81
    + v1_82
    + v1_83
    + v1_84
    + v1_85
    + v1_86
    + v1_87
    + v1_88
    + v1_89
    + v1_90
    + v1_91
    + v1_92
    + v1_93
    + v1_94
    + v1_95
    + v1_96
    + v1_97
    + v1_98
    + v1_99
    + v1_100
    + v1_101
    + v1_102
    + v1_103
    + v1_104
    + v1_105
    + v1_106
    + v1_107
    + v1_108
    + v1_109
    + v1_110
    + v1_111
    + v1_112
    + v1_113
    + v1_114
    + v1_115
    + v1_116
    + v1_117
    + v1_118
    + v1_119
    + v1_120
    + v1_121
    + v1_122
    + v1_123
    + v1_124
    + v1_125
    + v1_126
    + v1_127
    + v1_128
    + v1_129
    + v1_130
    + v1_131
    + v1_132
    + v1_133
    + v1_134
    + v1_135
    + v1_136
    + v1_137
    + v1_138
    + v1_139
    + v1_140
    + v1_141
    + v1_142
    + v1_143
    + v1_144
    + v1_145
    + v1_146
    + v1_147
    + v1_148
    + v1_149
    + v1_150
    + v2_1
    + v2_2
    + v2_3
    + v2_4
    + v2_5
    + v2_6
    + v2_7
    + v2_8
    + v2_9
    + v2_10
    + v2_11
    + v2_12
    + v2_13
    + v2_14
    + v2_15
    + v2_16
    + v2_17
    + v2_18
    + v2_19
    + v2_20
    + v2_21
    + v2_22
    + v2_23
    + v2_24
    + v2_25
    + v2_26
    + v2_27
    + v2_28
    + v2_29
    + v2_30
    + v2_31
    + v2_32
    + v2_33
    + v2_34
    + v2_35
    + v2_36
    + v2_37
    + v2_38
    + v2_39
    + v2_40
    + v2_41
    + v2_42
    + v2_43
    + v2_44
    + v2_45
    + v2_46
    + v2_47
    + v2_48
    + v2_49
    + v2_50
    + v2_51
    + v2_52
    + v2_53
    + v2_54
    + v2_55
    + v2_56
    + v2_57
    + v2_58
    + v2_59
    + v2_60
    + v2_61
    + v2_62
    + v2_63
    + v2_64
    + v2_65
    + v2_66
    + v2_67
    + v2_68
    + v2_69
    + v2_70
    + v2_71
    + v2_72
    + v2_73
    + v2_74
    + v2_75
    + v2_76
    + v2_77
    + v2_78
    + v2_79
    + v2_80
    + v2_81
    + v2_82
    + v2_83
    + v2_84
    + v2_85
    + v2_86
    + v2_87
    + v2_88
    + v2_89
    + v2_90
    + v2_91
    + v2_92
    + v2_93
    + v2_94
    + v2_95
    + v2_96
    + v2_97
    + v2_98
    + v2_99
    + v2_100
    + v2_101
    + v2_102
    + v2_103
    + v2_104
    + v2_105
    + v2_106
    + v2_107
    + v2_108
    + v2_109
    + v2_110
    + v2_111
    + v2_112
    + v2_113
    + v2_114
    + v2_115
    + v2_116
    + v2_117
    + v2_118
    + v2_119
    + v2_120
    + v2_121
    + v2_122
    + v2_123
    + v2_124
    + v2_125
    + v2_126
    + v2_127
    + v2_128
    + v2_129
    + v2_130
    + v2_131
    + v2_132
    + v2_133
    + v2_134
    + v2_135
    + v2_136
    + v2_137
    + v2_138
    + v2_139
    + v2_140
    + v2_141
    + v2_142
    + v2_143
    + v2_144
    + v2_145
    + v2_146
    + v2_147
    + v2_148
    + v2_149
    + v2_150
end
return all
end end
